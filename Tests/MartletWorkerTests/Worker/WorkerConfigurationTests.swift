import Martlet
import Testing

@testable import MartletWorker

@Suite struct WorkerConfigurationTests {
    @Test func `the defaults are acceptable`() throws {
        try WorkerConfiguration().check()
    }

    @Test(arguments: [
        Edge("the least") {
            $0.concurrency = 1
            $0.lease = .seconds(1)
            $0.shutdownGrace = .zero
            $0.stuckGrace = .zero
            $0.maxStuck = 0
            $0.watchdog = .seconds(10)
            $0.queues = .weighted(["a": 1])
            $0.logLimits = LogLimits(lines: 1, bytes: 1, lineBytes: 1)
            $0.retention = Retention(successful: .zero, others: .zero, maxJobs: 0)
        },
        Edge("the most") {
            $0.concurrency = 10_000
            $0.lease = .seconds(3600)
            $0.queues = .weighted(["a": 1000])
        },
    ])
    func `the edges are acceptable`(edge: Edge) throws {
        var configuration = WorkerConfiguration()
        edge.change(&configuration)
        try configuration.check()
    }

    @Test(arguments: [
        Edge("queues: \"\" is not acceptable; name at least one") { $0.queues = [] },
        Edge("queues: \"\" is not acceptable; name at least one") { $0.queues = .strict([]) },
        Edge("queue: \"a b\" is not acceptable; use 1 to 128 of") { $0.queues = ["a b"] },
        Edge("queue: \"\" is not acceptable; use 1 to 128 of") { $0.queues = .strict(["a", ""]) },
        Edge("weight of a: \"0\" is not acceptable; use a whole number from 1 to 1,000") {
            $0.queues = .weighted(["a": 0])
        },
        Edge("weight of a: \"1001\" is not") { $0.queues = .weighted(["a": 1001]) },
        Edge("concurrency: \"0\" is not acceptable; use a whole number from 1 to 10,000") { $0.concurrency = 0 },
        Edge("concurrency: \"-3\" is not") { $0.concurrency = -3 },
        Edge("concurrency: \"10001\" is not") { $0.concurrency = 10_001 },
        Edge("lease: \"0.999 seconds\" is not acceptable; use 1 second to 1 hour") { $0.lease = .milliseconds(999) },
        Edge("lease: \"") { $0.lease = .seconds(3601) },
        Edge("leader lease: \"0.999 seconds\" is not acceptable; use 1 second to 1 hour") {
            $0.leaderLease = .milliseconds(999)
        },
        Edge("leader lease: \"") { $0.leaderLease = .seconds(3601) },
        Edge("shutdown grace: \"-1.0 seconds\" is not acceptable") { $0.shutdownGrace = .seconds(-1) },
        Edge("shutdown grace: ") { $0.shutdownGrace = .seconds(Int64.max) },
        Edge("stuck grace: \"-1.0 seconds\" is not acceptable") { $0.stuckGrace = .seconds(-1) },
        Edge("stuck handlers: \"-1\" is not acceptable; use a whole number from 0") { $0.maxStuck = -1 },
        Edge("watchdog: \"9.0 seconds\" is not acceptable; use 10 seconds") { $0.watchdog = .seconds(9) },
        Edge("log lines: \"0\" is not acceptable") { $0.logLimits.lines = 0 },
        Edge("log bytes: \"-1\" is not acceptable") { $0.logLimits.bytes = -1 },
        Edge("log line bytes: \"0\" is not acceptable") { $0.logLimits.lineBytes = 0 },
        Edge("retention of successful jobs: \"-1.0 seconds\" is not") { $0.retention.successful = .seconds(-1) },
        Edge("retention of other jobs: ") { $0.retention.others = .seconds(Int64.max) },
        Edge("retained jobs: \"-1\" is not") { $0.retention.maxJobs = -1 },
    ])
    func `what is not acceptable is named, with what would be right`(edge: Edge) {
        var configuration = WorkerConfiguration()
        edge.change(&configuration)
        let error = #expect(throws: JobError.self) { try configuration.check() }
        #expect(error?.code == .invalid)
        #expect(error?.message.hasPrefix(edge.name) == true, "\(error?.message ?? "")")
    }

    struct Edge: Sendable, CustomTestStringConvertible {
        let name: String
        let change: @Sendable (inout WorkerConfiguration) -> Void

        init(_ name: String, _ change: @escaping @Sendable (inout WorkerConfiguration) -> Void) {
            self.name = name
            self.change = change
        }

        var testDescription: String { name }
    }
}
