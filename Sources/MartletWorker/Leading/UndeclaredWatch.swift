/// Which schedules nobody declares any more, as the leader sees it: those that Redis has not heard of for five minutes,
/// and that were not declared again while the leader looked three times, a minute apart by its own clock.
///
/// So neither a leap of Redis's clock nor an outage disables any.
struct UndeclaredWatch: Sendable {
    static let period = Duration.seconds(60)
    /// Milliseconds of Redis's clock.
    static let silence = 300_000
    private static let looks = 3

    private var sightings: [String: (declaredAt: Int, looks: Int)] = [:]
    private var nextLook: ContinuousClock.Instant = .now

    /// Whether it is time to look.
    func isDue(_ now: ContinuousClock.Instant) -> Bool { now >= nextLook }

    /// Takes in what was silent at a look.
    /// - Returns: those that are to be disabled, with when they were last declared.
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

    /// Begins anew: this process did not lead meanwhile.
    mutating func forget() {
        self = UndeclaredWatch()
    }
}
