/// Sees that Redis's clock has leapt: somebody set it, or this machine slept.
///
/// What is to happen at a time of Redis's is waited for by a clock of this process's own, which then ends too late.
struct ClockLeap: Sendable {
    private var lead: Int64?

    /// What replies of different swiftness look like.
    private static let tolerance: Int64 = 1000

    /// Whether Redis's clock went on further than this process's own since the last time.
    ///
    /// `time` is the time of Redis, just heard, in milliseconds; `own` is the clock that timers run by, likewise.
    mutating func isSeen(_ time: Int64, own: Int64) -> Bool {
        let now = time - own
        defer { lead = now }
        return lead.map { now - $0 > Self.tolerance } ?? false
    }
}
