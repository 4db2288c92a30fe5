internal import Martlet

/// The number of attempts that follow a failed one, and the waits before them.
struct RetryPolicy: Sendable, Hashable {
    var maxRetries = JobDefaults.maxRetries
    var backoff = JobDefaults.backoff
    var maxBackoff = JobDefaults.maxBackoff

    /// Draws the wait after failed attempt number `attempt` of this round, which counts from 1.
    ///
    /// The full wait is `backoff × 2^(attempt − 1)`, at most `maxBackoff`. A share of it from 50 to 100 % is drawn, so
    /// that jobs that failed together do not come back together.
    func delay(after attempt: Int, using random: inout some RandomNumberGenerator) -> Duration {
        let doublings = min(max(attempt, 1) - 1, 62)
        let longest = max(0, maxBackoff.milliseconds)
        let (product, overflow) = max(0, backoff.milliseconds).multipliedReportingOverflow(by: 1 << Int64(doublings))
        let full = overflow ? longest : min(product, longest)
        return .milliseconds(Int64.random(in: (full / 2)...full, using: &random))
    }
}
