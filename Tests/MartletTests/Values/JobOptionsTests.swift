import Martlet
import Testing

@Suite struct JobOptionsTests {
    private let full = JobOptions(
        queue: "a",
        priority: 1,
        maxRetries: 2,
        timeLimit: .seconds(3),
        backoff: .seconds(4),
        maxBackoff: .seconds(5),
        retention: .seconds(6),
        object: "o"
    )
    private let other = JobOptions(
        queue: "b",
        priority: -1,
        maxRetries: 0,
        timeLimit: .seconds(30),
        backoff: .seconds(40),
        maxBackoff: .seconds(50),
        retention: .zero,
        object: "p"
    )

    @Test func `what is said wins, what is not said is left to the next`() {
        #expect(full.or(other) == full)
        #expect(JobOptions().or(full) == full)
        #expect(full.or(JobOptions()) == full)
        #expect(JobOptions(priority: 0).or(full).priority == 0)
        #expect(JobOptions(priority: 0).or(full).queue == "a")
    }
}
