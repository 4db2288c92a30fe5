/// The speed of a drain whose workers start when the jobs are there.
///
/// Its first tenth, in which programs load and processes start one after the other, is not measured.
enum DrainClock {
    /// The time after which a drain that does not go on has failed.
    private static let patience = Duration.seconds(60)

    /// Looks every few milliseconds at how many jobs are left, until none is.
    ///
    /// - Returns: Jobs a second.
    /// - Throws: ``BenchError`` when nothing is done for a minute, and what `rest` throws.
    static func measure(_ jobs: Int, rest: () async throws -> Int) async throws -> Double {
        var (last, progress) = (jobs, ContinuousClock.now)
        var begin: (rest: Int, at: ContinuousClock.Instant)?
        while true {
            let left = try await rest()
            let now = ContinuousClock.now
            if left < last { (last, progress) = (left, now) }
            if begin == nil, left <= jobs * 9 / 10 { begin = (left, now) }
            if left == 0, let begin { return Double(begin.rest) / max((now - begin.at).seconds, 0.001) }
            guard now - progress < patience else { throw BenchError("\(left) of \(jobs) jobs are left undone") }
            try await Task.sleep(for: .milliseconds(3))
        }
    }
}
