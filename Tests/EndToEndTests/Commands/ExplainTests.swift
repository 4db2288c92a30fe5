import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing

/// `job explain`: the true first blocker, in one situation after the other.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ExplainTests {
    @Test func `no worker lives, or none takes the queue`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("x", "--queue", "mail")
            try await expect(
                stage,
                id,
                "no live worker takes queue mail: no worker lives at all",
                then: "position 1 of the 1"
            )
            try await plant("w1", ["queues": "other", "types": "x"], stage)
            try await expect(stage, id, "no live worker takes queue mail: the one that lives takes others")
        }
    }

    @Test func `no live worker knows the type`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("odd", "--queue", "mail")
            try await plant("w1", [:], stage)
            try await expect(stage, id, "the one worker that takes queue mail does not know the type odd")
            try await plant("w2", [:], stage)
            try await expect(stage, id, "none of the 2 workers that take queue mail knows the type odd")
        }
    }

    @Test func `its queue is paused, by whom and since when, whatever else there is`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("odd", "--queue", "mail")
            _ = try await stage.inspector.pause(queue: "mail", by: Operator("ada\u{1b}[2J"))
            try await expect(
                stage,
                id,
                #"queue mail is paused by ada\u{1b}[2J, since "#,
                then: "no live worker takes queue mail",
                "position 1 of the 1"
            )
        }
    }

    @Test func `it is not due, and what comes then`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("x", "--queue", "mail", "--in", "90s")
            try await plant("w1", [:], stage)
            let text = try await explain(stage, id)
            #expect(text.contains(/^mail\/\w+: Scheduled\n  it is not due: in (90|89|88|87) s\n$/), "\(text)")
            _ = try await stage.inspector.pause(queue: "mail", by: Operator("ada"))
            try await expect(stage, id, "it is not due: in ", then: "queue mail is paused by ada")
        }
    }

    @Test func `it waits for its retry, after which error`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker(
                """
                jobs:
                  bad: {command: [sh, -c, "exit 1"], max_retries: 5, backoff: 100s, queue: mail}
                """
            )
            let id = try await stage.enqueue("bad", "--queue", "mail")
            try await stage.wait(for: id, .scheduled)
            let text = try await explain(stage, id)
            #expect(text.contains(/\n  retry 1 of 5 in \d+ (s|min) after ".+"\n/), "\(text)")
            worker.signal(SIGTERM)
        }
    }

    @Test func `it runs, on which worker and with its lease until when, and its cancel is under way`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker(
                "jobs: {slow: {command: [sh, -c, 'trap \"\" TERM; sleep 30'], queue: mail}}",
                "--concurrency",
                "1"
            )
            let id = try await stage.enqueue("slow", "--queue", "mail")
            let name = try #require(try await stage.wait(for: id, .running).worker)
            let text = try await explain(stage, id)
            #expect(text.contains("\n  it is running on worker \(name) since "), "\(text)")
            #expect(text.contains(/, attempt 1, with its lease until (\d+) s from now\n/), "\(text)")

            // The next one finds no place, by what runs now and not by the last heartbeat.
            let next = try await stage.enqueue("slow", "--queue", "mail")
            let last = try await stage.enqueue("slow", "--queue", "mail")
            try await expect(
                stage,
                next,
                "all 1 places of the one worker that could run it are taken",
                then: "position 1 of"
            )
            try await expect(stage, last, "all 1 places of the one worker", then: "position 2 of the 2 that wait")

            _ = try await stage.redis.send(
                RedisCommand("HSET", [RedisArgument(stage.jobs.store.keys.job(id)), "cancel_requested_at", "1"])
            )
            try await expect(stage, id, "it is running on worker", then: "its cancel was asked for ")
            worker.signal(SIGKILL)
        }
    }

    @Test func `its lease ran out`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("x", "--queue", "mail")
            let fields = ["state", "running", "worker", "w9", "started_at", "1", "attempt", "1"].map {
                RedisArgument($0)
            }
            for command in [
                RedisCommand("HSET", [RedisArgument(stage.jobs.store.keys.job(id))] + fields),
                RedisCommand("ZREM", ["martlet:{mail}:waiting", RedisArgument(id.local)]),
                RedisCommand("ZADD", ["martlet:{mail}:running", "1000", RedisArgument(id.local)]),
            ] { _ = try await stage.redis.send(command) }
            try await expect(stage, id, "its lease ran out ", then: "no live worker takes queue mail")
        }
    }

    @Test func `every worker that could run it is quiet, full, or empties itself`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("x", "--queue", "mail")
            try await plant("w1", ["quiet": "1"], stage)
            try await expect(stage, id, "every worker that could run it is quiet: w1")
            try await plant("w1", ["quiet": "0"], stage)
            _ = try await stage.redis.send(RedisCommand("SET", ["martlet:{mail}:alone", "w1"]))
            try await expect(stage, id, "worker w1 takes nothing until it is empty")
            _ = try await stage.redis.send(RedisCommand("DEL", ["martlet:{mail}:alone"]))
            try await expect(stage, id, "nothing stands in its way: it is the next of its queue to be claimed")
            _ = try await stage.redis.send(
                RedisCommand("HSET", [RedisArgument(stage.jobs.store.keys.job(id)), "suspect", "1"])
            )
            try await expect(stage, id, "it may have killed its worker and runs alone")
        }
    }

    @Test func `others come first`() async throws {
        try await withStage { stage in
            let ids = try await (0..<4).asyncMap { _ in try await stage.enqueue("x", "--queue", "mail") }
            try await plant("w1", [:], stage)
            try await expect(stage, ids[2], "it is at position 3 of the 4 that wait in its queue")
        }
    }

    @Test func `it has finished, and a job that is not there`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("x", "--queue", "mail")
            _ = try await stage.inspector.cancel(id, by: Operator("ada"))
            try await expect(stage, id, "it has finished (Cancelled) ")
            let json = try await stage.martlet("job", "explain", "\(id)", "--json")
            #expect(json.output.contains(#""gate":"finished""#) && json.output.contains(#""state":"cancelled""#))
            let none = try await stage.martlet("job", "explain", "mail/none")
            #expect((none.status, none.output, none.errors) == (3, "", "there is no job mail/none\n"))
        }
    }

    private func explain(_ stage: Stage, _ id: JobID) async throws -> String {
        let ended = try await stage.martlet("job", "explain", "\(id)")
        #expect(ended.status == 0, "\(ended.errors)")
        return ended.output
    }

    /// Expects the first blocker, and what comes behind it in this order.
    private func expect(_ stage: Stage, _ id: JobID, _ first: String, then: String..., line: Int = #line) async throws {
        let lines = try await explain(stage, id).split(separator: "\n").dropFirst()
        #expect(lines.first?.hasPrefix("  \(first)") == true, "line \(line): \(lines)")
        for (line, text) in zip(lines.dropFirst(), then) {
            #expect(line.hasPrefix("  then ") && line.contains(text), "\(lines)")
        }
        #expect(lines.count > then.count)
    }

    /// A worker that nobody runs.
    private func plant(_ id: String, _ fields: [String: String], _ stage: Stage) async throws {
        let all = ["queues": "mail", "types": "x", "concurrency": "2", "running": "0", "quiet": "0"].merging(fields) {
            $1
        }
        let now = try await stage.inspector.now().milliseconds
        let arguments = all.flatMap { [RedisArgument($0.key), RedisArgument($0.value)] }
        _ = try await stage.redis.send(RedisCommand("HSET", [RedisArgument("martlet:worker:\(id)")] + arguments))
        _ = try await stage.redis.send(
            RedisCommand("ZADD", ["martlet:workers", RedisArgument(now), RedisArgument(id)])
        )
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
