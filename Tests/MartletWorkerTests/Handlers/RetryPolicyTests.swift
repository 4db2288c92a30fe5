import Martlet
import Testing

@testable import MartletWorker

@Suite struct RetryPolicyTests {
    @Test func `the wait doubles, and 50 to 100 % of it are drawn`() throws {
        let policy = RetryPolicy(JobOptions(maxRetries: 5, backoff: .seconds(10), maxBackoff: .seconds(60)))
        var random = SeededGenerator(seed: 7)
        for (attempt, full) in [(1, 10), (2, 20), (3, 40), (4, 60), (5, 60)] {
            let delays = try (0..<500).map { _ in try #require(policy.delay(after: attempt, using: &random)) }
            let range = Duration.seconds(full) / 2...Duration.seconds(full)
            #expect(delays.allSatisfy(range.contains))
            #expect(Set(delays).count > 100)
        }
    }

    @Test func `the same seed draws the same waits`() {
        let policy = RetryPolicy(JobOptions())
        var one = SeededGenerator(seed: 3)
        var other = SeededGenerator(seed: 3)
        for attempt in 1...5 {
            #expect(policy.delay(after: attempt, using: &one) == policy.delay(after: attempt, using: &other))
        }
    }

    @Test(arguments: [(0, 1), (1, 2), (5, 6), (5, 1000), (5, .max)])
    func `there is no wait once the retries are spent`(maxRetries: Int, attempt: Int) {
        var random = SeededGenerator(seed: 1)
        #expect(RetryPolicy(JobOptions(maxRetries: maxRetries)).delay(after: attempt, using: &random) == nil)
    }

    @Test(arguments: [1, 62, 63, 64, 65, 1000, Int.max])
    func `great numbers end at the longest wait`(attempt: Int) throws {
        var random = SeededGenerator(seed: 1)
        let longest = Duration.seconds(87_600 * 3600)
        let policy = RetryPolicy(JobOptions(maxRetries: .max, backoff: longest, maxBackoff: longest))
        let delay = try #require(policy.delay(after: attempt, using: &random))
        #expect((longest / 2...longest).contains(delay))
    }

    @Test(arguments: [(Duration.zero, Duration.seconds(60)), (.seconds(60), .zero), (.seconds(-1), .seconds(60))])
    func `without a wait the retry comes at once`(backoff: Duration, longest: Duration) {
        var random = SeededGenerator(seed: 1)
        let policy = RetryPolicy(JobOptions(maxRetries: 1, backoff: backoff, maxBackoff: longest))
        #expect(policy.delay(after: 1, using: &random) == .zero)
    }

    @Test func `what nobody said is five retries from 15 seconds up to an hour`() {
        let policy = RetryPolicy(JobOptions())
        #expect(policy.maxRetries == 5)
        #expect(policy.backoff == .seconds(15))
        #expect(policy.maxBackoff == .seconds(3600))
    }
}
