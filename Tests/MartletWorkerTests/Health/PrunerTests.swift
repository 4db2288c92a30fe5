import Logging
import Martlet
import MartletTesting
import RedisClient
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

    @Test func `of a queue that was used once nothing without an end stays but what the page of guarantees names`()
        async throws
    {
        try await withTestBed { bed in
            let options = JobOptions(queue: "old", retention: .zero)
            var configuration = WorkerConfiguration.quick
            configuration.queues = ["old"]
            let id = try await bed.jobs.enqueue(Note(number: 1), options: options).id
            try await bed.working(.note { _, _ in }, configuration) { _ in
                try await eventually("the job has ended, and nothing is kept of it") {
                    try await bed.inspector.job(id) == nil
                }
            }
            let keys = try await bed.redis.send(RedisCommand("KEYS", ["martlet:*old*"])).array ?? []
            var endless: Set<String> = []
            for key in keys.compactMap(\.string)
            where try await bed.redis.send(RedisCommand("PTTL", [RedisArgument(key)])).int == -1 {
                endless.insert(key)
            }
            #expect(endless.isSubset(of: ["martlet:{old}:token", "martlet:{old}:wake", "martlet:{old}:meta"]))
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
