/// Notices that Redis's clock has leapt ahead, because somebody set it or this machine slept.
///
/// The worker waits for times of Redis with a timer of this process, which would then end too late.
struct ClockLeap: Sendable {
    private var lead: Int64?

    /// The difference, in milliseconds, that replies of different swiftness may make.
    private static let tolerance: Int64 = 1000

    /// Tells whether Redis's clock has gone further than this process's own since the last call.
    ///
    /// `time` is Redis's time, just heard, and `own` that of the clock that timers go by, both in milliseconds.
    mutating func isSeen(_ time: Int64, own: Int64) -> Bool {
        let now = time - own
        defer { lead = now }
        return lead.map { now - $0 > Self.tolerance } ?? false
    }
}
