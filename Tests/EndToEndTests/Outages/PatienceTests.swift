import Foundation
import Martlet
import MartletTesting
import ProcessSupervision
import RedisClient
import Testing

/// Commands that follow a job outlive an outage of Redis: no outage is told as the end of a job.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct PatienceTests {
    private static let followers = [["job", "wait"], ["job", "logs", "-f"]]

    /// Each exited with 1, the code of a job that ended in error.
    @Test(arguments: followers)
    func `who waits for a job waits for Redis too, and tells how the job ended`(command: [String]) async throws {
        try await withStage(arguments: ["--appendonly", "yes"]) { stage in
            let id = try await stage.enqueue("later", "--in", "1h")
            let follower = try stage.start(command + ["\(id)", "--timeout", "5m", "--show-redis"])
            try await follower.said("redis-cli")
            _ = try await stage.redis.send(RedisCommand("CLIENT", ["KILL", "TYPE", "normal", "SKIPME", "yes"]))
            kill(stage.server.pid, SIGSTOP)
            try await follower.said("waiting for it", within: .seconds(60))
            kill(stage.server.pid, SIGCONT)
            try await follower.said("Redis answers again", within: .seconds(60))
            #expect(follower.isRunning)
            _ = try await stage.inspector.cancel(id, by: Operator("ada"))
            let ended = try await follower.ended()
            #expect(ended.status == (command.contains("wait") ? 1 : 0), "\(ended.errors)")
            #expect((ended.output + ended.errors).contains("\(id): Cancelled"))
        }
    }

    /// A right that comes back is as good as a server that does.
    @Test func `who waits for a job outlives a right that is taken away for a while`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("later", "--in", "1h")
            let follower = try stage.start(["job", "wait", "\(id)", "--show-redis"])
            try await follower.said("HGET")
            try await stage.setUser(.producer) { $0.replacing(" +hget)", with: ")") }
            try await follower.said("waiting for it")
            try await stage.setUser(.producer)
            try await follower.said("Redis answers again")
            _ = try await stage.inspector.cancel(id, by: Operator("ada"))
            #expect(try await follower.ended().status == 1)
        }
    }

    @Test(arguments: followers, [[], ["--timeout", "300ms"]])
    func `a Redis that is not there has a code of its own`(command: [String], timeout: [String]) async throws {
        try await withStage { stage in
            let nowhere = ["MARTLET_REDIS_URL": "unix:///nowhere/redis.sock"]
            let ended = try await stage.martlet(command + ["mail/1"] + timeout, environment: nowhere)
            #expect(
                ended.status == 69 && ended.output.isEmpty && ended.errors.contains("nobody knows"),
                "\(ended.errors)"
            )
        }
    }

    @Test func `Redis that does not come back in time is no failed job`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("later", "--in", "1h")
            let follower = try stage.start(["job", "wait", "\(id)", "--timeout", "8s", "--show-redis"])
            try await follower.said("HGET")
            kill(stage.server.pid, SIGSTOP)
            let ended = try await follower.ended(within: .seconds(60))
            kill(stage.server.pid, SIGCONT)
            #expect(ended.status == 69, "\(ended.errors)")
        }
    }

    @Test func `a job of which nothing was kept ended nobody knows how`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("later", "--in", "1h")
            let follower = try stage.start(["job", "wait", "\(id)", "--show-redis"])
            try await follower.said("HGET")
            _ = try await stage.martlet("job", "delete", "\(id)", "--yes")
            let ended = try await follower.ended()
            #expect(ended.status == 69 && ended.output.contains("nothing of it was kept"))
        }
    }

    @Test func `following a log ends when the time is up`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("later", "--in", "1h")
            let ended = try await stage.martlet("job", "logs", "-f", "\(id)", "--timeout", "200ms")
            #expect(ended.status == 75 && ended.errors == "\(id): not finished in time\n")
            let alone = try await stage.martlet("job", "logs", "\(id)", "--timeout", "200ms")
            #expect(alone.status == 64 && alone.errors.contains("--follow"))
        }
    }
}
