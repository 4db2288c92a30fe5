/// The leader's watch over schedules that no program declares any more.
///
/// Such a schedule was not declared for five minutes by Redis's clock, and was not declared again while the leader
/// looked three times, a minute apart by its own clock. So neither a leap of Redis's clock nor an outage disables a
/// schedule.
struct UndeclaredWatch: Sendable {
    static let period = Duration.seconds(60)
    /// The time without a declaration after which a schedule is watched, in milliseconds by Redis's clock.
    static let silence = 300_000
    private static let looks = 3

    private var sightings: [String: (declaredAt: Int, looks: Int)] = [:]
    private var nextLook: ContinuousClock.Instant = .now

    /// Tells whether it is time to look.
    func isDue(_ now: ContinuousClock.Instant) -> Bool { now >= nextLook }

    /// Takes in the schedules that were silent at a look, with the time of the last declaration of each.
    /// - Returns: the schedules that are to be disabled, with the same times.
    mutating func look(_ silent: [String: Int], _ now: ContinuousClock.Instant) -> [String: Int] {
        nextLook = now + Self.period
        sightings = Dictionary(
            uniqueKeysWithValues: silent.map { name, declaredAt in
                let before = sightings[name].flatMap { $0.declaredAt == declaredAt ? $0.looks : nil } ?? 0
                return (name, (declaredAt, before + 1))
            }
        )
        return sightings.filter { $0.value.looks >= Self.looks }.mapValues(\.declaredAt)
    }

    /// Begins anew, because this process did not lead meanwhile.
    mutating func forget() {
        self = UndeclaredWatch()
    }
}
