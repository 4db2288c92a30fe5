import Testing

@testable import RedisClient

@Suite struct BackoffTests {
    @Test func `the longest rest doubles up to five seconds`() {
        var backoff = Backoff()
        let rests = (0..<9).map { _ in backoff.next(random: \.upperBound) }
        #expect(rests == [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000].map { .milliseconds($0) })
    }

    @Test func `the shortest rest stays at 50 milliseconds`() {
        var backoff = Backoff()
        let rests = Set((0..<9).map { _ in backoff.next(random: \.lowerBound) })
        #expect(rests == [.milliseconds(50)])
    }

    @Test func `a connection that was made starts the count afresh`() {
        var backoff = Backoff()
        for _ in 0..<5 { _ = backoff.next() }
        backoff.reset()
        #expect(backoff.next(random: \.upperBound) == .milliseconds(100))
    }

    @Test func `any rest lies between the bounds`() {
        var backoff = Backoff()
        for _ in 0..<1000 {
            #expect((.milliseconds(50)...(.seconds(5))).contains(backoff.next()))
        }
    }

    @Test func `callers of a client that rested itself add the shortest rest only`() {
        var backoff = Backoff()
        for _ in 0..<9 {
            #expect(backoff.next(after: RedisError(.connection, "gone")) == .milliseconds(50))
        }
        #expect(
            (.milliseconds(50)...(.milliseconds(100))).contains(backoff.next(after: RedisError(.loading, "LOADING")))
        )
    }
}
