import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension JobTransition {
    /// What operators and upkeep do to jobs.
    static let operating: [JobTransition] =
        ["waiting", "scheduled", "set aside", "suspect", "finished"].flatMap {
            place in
            [
                JobTransition(name: "cancel of a job that is \(place)") { queue in
                    let id = try await put(place, queue)
                    if place == "finished" { try await queue.operating.restart(id) }
                    return { store, _ in _ = try await store.cancel(id) }
                },
                JobTransition(name: "delete of a job that is \(place)") { queue in
                    let id = try await put(place, queue)
                    return { store, _ in try await store.delete(id) }
                },
            ]
        } + [
            JobTransition(name: "restart") { queue in
                try await queue.enqueue(
                    "a",
                    JobOptions(priority: 2, retention: .seconds(50), object: "disk/1").or(holding)
                )
                _ = try await queue.finish(try await queue.claimOne(), .error, error: "no")
                return { store, _ in try await store.restart(try queue.id("a")) }
            },
            JobTransition(name: "prune") { queue in
                try await queue.enqueue("a", JobOptions(retention: .seconds(50), object: "disk/1"))
                try await queue.enqueue("b", JobOptions(object: "disk/1"))
                for job in try await queue.claim(2).jobs { _ = try await queue.finish(job) }
                try await queue.clock.advance(by: .seconds(60))
                return { store, _ in
                    _ = try await store.prune(
                        queue: queue.name,
                        limit: 100,
                        successful: .seconds(1),
                        others: .seconds(1),
                        maxJobs: 10
                    )
                }
            },
            JobTransition(name: "archive") { queue in
                try await queue.enqueue("a", JobOptions(object: "disk/1"))
                let id = try await queue.enqueue("b", JobOptions(retention: .seconds(50)))
                for job in try await queue.claim(2).jobs { _ = try await queue.finish(job) }
                let finished = try await queue.hash(id)["finished_at"] ?? ""
                let jobs = ["a", "b"].map {
                    ArchivedVersion(local: $0, state: "successful", attempt: "1", finishedAt: finished)
                }
                return { store, _ in _ = try await store.archive(jobs, queue: queue.name) }
            },
            JobTransition(name: "pause") { queue in
                try await queue.enqueue("a")
                return { store, _ in _ = try await store.pause(queue: queue.name, by: Operator("ada")) }
            },
            JobTransition(name: "resume") { queue in
                try await queue.enqueue("a")
                _ = try await queue.operating.pause(queue: queue.name, by: Operator("ada"))
                return { store, _ in _ = try await store.resume(queue: queue.name, by: Operator("ada")) }
            },
            JobTransition(name: "repair") { queue in
                try await queue.enqueue("a")
                try await queue.enqueue("b", JobOptions(object: "disk/1"))
                _ = try await queue.claim()
                _ = try await queue.send("ZADD", queue.store.keys.state(.error, of: queue.name), "1", "a")
                _ = try await queue.send("DEL", queue.store.keys.state(.running, of: queue.name))
                _ = try await queue.send("ZADD", queue.store.keys.state(.waiting, of: queue.name), "1", "gone")
                return { store, _ in
                    let arguments = ["a", "b", "gone"].map { RedisArgument($0) }
                    do {
                        _ = try await store.redis.evaluate(
                            store.script(.repair),
                            keys: [store.keys.queue(queue.name)],
                            arguments: arguments
                        )
                    } catch let error as RedisError {
                        throw JobError(error)
                    }
                }
            },
        ]

    private static func put(_ place: String, _ queue: TestQueue) async throws -> JobID {
        let options = JobOptions(retention: .seconds(50), object: "disk/1").or(holding)
        switch place {
        case "scheduled": return try await queue.enqueue("a", options, start: .after(.seconds(20)))
        case "set aside":
            let id = try await queue.enqueue("a", type: "strange", options)
            _ = try await queue.claim()
            return id
        case "suspect":
            let id = try await queue.enqueue("a", options)
            _ = try await queue.claim()
            try await queue.bury([id], alone: false)
            return id
        case "finished":
            let id = try await queue.enqueue("a", options)
            _ = try await queue.finish(try await queue.claimOne())
            return id
        default: return try await queue.enqueue("a", options)
        }
    }
}
