import Martlet
import MartletTesting
import Testing

@testable import MartletWorker

@Suite struct RetryPolicyTests {
    @Test func `the wait doubles, and 50 to 100 % of it are drawn`() {
        let policy = RetryPolicy(maxRetries: 5, backoff: .seconds(10), maxBackoff: .seconds(60))
        var random = SplitMix64(seed: 7)
        for (attempt, full) in [(1, 10), (2, 20), (3, 40), (4, 60), (5, 60)] {
            let delays = (0..<500).map { _ in policy.delay(after: attempt, using: &random) }
            let range = Duration.seconds(full) / 2...Duration.seconds(full)
            #expect(delays.allSatisfy(range.contains))
            #expect(Set(delays).count > 100)
        }
    }

    @Test func `the same seed draws the same waits`() {
        let policy = RetryPolicy()
        var one = SplitMix64(seed: 3)
        var other = SplitMix64(seed: 3)
        for attempt in 1...5 {
            #expect(policy.delay(after: attempt, using: &one) == policy.delay(after: attempt, using: &other))
        }
    }

    @Test(arguments: [1, 62, 63, 64, 65, 1000, Int.max])
    func `great numbers end at the longest wait`(attempt: Int) {
        var random = SplitMix64(seed: 1)
        let longest = Duration.seconds(87_600 * 3600)
        let policy = RetryPolicy(maxRetries: .max, backoff: longest, maxBackoff: longest)
        #expect((longest / 2...longest).contains(policy.delay(after: attempt, using: &random)))
    }

    @Test(arguments: [(Duration.zero, Duration.seconds(60)), (.seconds(60), .zero), (.seconds(-1), .seconds(60))])
    func `without a wait the retry comes at once`(backoff: Duration, longest: Duration) {
        var random = SplitMix64(seed: 1)
        let policy = RetryPolicy(maxRetries: 1, backoff: backoff, maxBackoff: longest)
        #expect(policy.delay(after: 1, using: &random) == .zero)
    }

    @Test func `what the job says holds before its type's, and what nobody said is the documented default`() {
        let job = JobOptions(maxRetries: 1)
        let type = JobOptions(maxRetries: 2, timeLimit: .seconds(3), backoff: .seconds(4), object: "a/1")
        let options = ResolvedOptions(job, type: type)
        #expect(options.retries == RetryPolicy(maxRetries: 1, backoff: .seconds(4), maxBackoff: .seconds(3600)))
        #expect(options.timeLimit == .seconds(3))
        #expect(options.object == "a/1")
        let defaults = ResolvedOptions(JobOptions(), type: JobOptions())
        #expect(defaults.retries == RetryPolicy(maxRetries: 5, backoff: .seconds(15), maxBackoff: .seconds(3600)))
        #expect(defaults.timeLimit == .seconds(600))
        #expect(defaults.retention == nil)
    }
}
