import Logging
import Martlet
import MartletTesting
import Testing

@testable import MartletWorker

/// What a worker does with finished jobs that are past retention.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct PrunerTests {
    @Test func `a worker that starts deletes all that is past retention, though no job ends there`() async throws {
        try await withTestBed { bed in
            try await bed.jobs.enqueue((0..<3000).map { Note(number: $0) })
            try await bed.working(.note { _, _ in }) { _ in
                try await bed.wait(for: 3000, .successful)
            }
            var configuration = WorkerConfiguration.quick
            configuration.retention = Retention(maxJobs: 20)
            try await bed.working(.note { _, _ in }, configuration) { _ in
                // It does not rest between looks that find as many as they may delete: with ten seconds between them it
                // would take ten minutes.
                try await eventually("the newest are left") {
                    try await bed.inspector.counts(queue: "default")[.successful] == 20
                }
            }
        }
    }

    @Test func `finished jobs of a queue that nobody serves any more go too, and those of others' queues stay`()
        async throws
    {
        try await withTestBed { bed in
            for queue in ["old", "other"] {
                let options = JobOptions(queue: queue)
                try await bed.jobs.enqueue((0..<100).map { Note(number: $0) }, options: options)
                var configuration = WorkerConfiguration.quick
                configuration.queues = [queue]
                try await bed.working(.note { _, _ in }, configuration) { _ in
                    try await bed.wait(for: 100, .successful, queue: queue)
                }
            }
            var configuration = WorkerConfiguration.quick
            configuration.queues = ["other"]
            try await bed.working(.note { _, _ in }, configuration) { worker in
                try await eventually("the other worker is on the list") {
                    try await bed.inspector.workers().map(\.id) == [worker.id]
                }
                var pruning = WorkerConfiguration.quick
                pruning.retention = Retention(maxJobs: 5)
                let context = WorkerContext(
                    id: "pruning",
                    client: bed.working,
                    configuration: pruning,
                    handlers: JobHandlers(),
                    logger: .silent
                )
                // Its looks follow each other after less than a second.
                let pruner = Pruner(context, period: .milliseconds(20))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await pruner.run() }
                    try await eventually("the newest of the queue that nobody serves are left") {
                        try await bed.inspector.counts(queue: "old")[.successful] == 5
                    }
                    pruner.stop()
                }
                #expect(try await bed.inspector.counts(queue: "other")[.successful] == 100)
            }
        }
    }
}
