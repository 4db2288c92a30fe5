import Martlet
import MartletTesting
import MartletWorker
import RedisClient
import Testing
import ProcessSupervision

/// Somebody changes the worker's password or rights while it works, and then puts them right again.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct RightsTests {
    @Test(arguments: [
        (["resetpass", ">two"], [">one"]),
        (["-evalsha", "-eval"], ["+evalsha", "+eval"]),
    ])
    func `a worker waits out a change of its password or rights, and no attempt is spent`(
        change: [String],
        remedy: [String]
    ) async throws {
        try await withTestBed { bed in
            func setUser(_ rules: [String]) async throws {
                let arguments = ["SETUSER", "worker"] + rules
                _ = try await bed.redis.send(RedisCommand("ACL", arguments.map { RedisArgument($0) }))
                _ = try await bed.redis.send(RedisCommand("CLIENT", ["KILL", "USER", "worker"]))
            }
            try await setUser(["on", ">one", "~*", "&*", "+@all"])
            let url = bed.server.url.replacing("unix://", with: "unix://worker:one@")
            let client = try JobClient(redis: url, logger: .silent)
            var handlers = JobHandlers()
            handlers.add(Note.self) { _, _ in }
            let worker = try Worker(client, handlers: handlers, configuration: .quick)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await worker.run() }
                try await bed.finished(try await bed.jobs.enqueue(Note()).id)
                try await setUser(change)
                let id = try await bed.jobs.enqueue(Note()).id
                try await eventually("the worker is refused") {
                    let log = try await bed.redis.send(RedisCommand("ACL", ["LOG", "1"]))
                    return !(log.array ?? []).isEmpty
                }
                #expect(try await bed.record(id).state == .waiting)
                try await setUser(remedy)
                let job = try await bed.finished(id, within: .seconds(60))
                #expect(job.state == .successful)
                #expect(job.attempt == 1)
                group.cancelAll()
                try await group.waitForAll()
            }
            await client.close()
        }
    }
}
