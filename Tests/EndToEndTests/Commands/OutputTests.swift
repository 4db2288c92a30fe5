import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// What the commands print, and to whom.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct OutputTests {
    @Test func `a reader that goes away ends a command quietly`() async throws {
        try await withStage { stage in
            let id = try JobID("default/chatty")
            try await plant(id, ["state": "successful"], stage)
            let line = #"{"time":1,"level":"info","attempt":1,"message":"\#(String(repeating: "x", count: 500))"}"#
            let lines = [RedisArgument](repeating: RedisArgument(line), count: 2000)
            _ = try await stage.redis.send(
                RedisCommand("RPUSH", [RedisArgument(stage.jobs.store.keys.log(id))] + lines)
            )
            for arguments in ["job logs \(id)", "job logs -f --json \(id)", "job show --lines 2000 \(id)"] {
                let script = #""$MARTLET" \#(arguments) | head -n 1; exit ${PIPESTATUS[0]}"#
                let shell = try stage.start(
                    "-c",
                    script,
                    executable: "/bin/bash",
                    environment: ["MARTLET": MartletProcess.martlet]
                )
                let ended = try await shell.ended()
                #expect(ended.status == 0, "\(arguments): \(ended.errors)")
                #expect(ended.errors.isEmpty, "\(arguments): \(ended.errors)")
                #expect(ended.output.split(separator: "\n").count == 1)
            }
        }
    }

    @Test func `output that can't be written is a failure with a sentence`() async throws {
        try await withStage { stage in
            let shell = try stage.start(
                "-c",
                #""$MARTLET" stats > /dev/full"#,
                executable: "/bin/sh",
                environment: [
                    "MARTLET": MartletProcess.martlet, "MARTLET_REDIS_URL": stage.server.url(as: .viewer),
                ]
            )
            let ended = try await shell.ended()
            #expect(ended.status == 1)
            #expect(ended.errors.contains("standard output: "), "\(ended.errors)")
            #expect(ended.errors.contains("No space left on device"), "\(ended.errors)")
        }
    }

    @Test func `progress is shown in words`() async throws {
        try await withStage { stage in
            _ = try await stage.redis.send(RedisCommand("SADD", ["martlet:queues", "default"]))
            for (id, progress, shown) in [
                ("noted", #"{"fraction":0.4,"note":"page 2 of 5"}"#, "40 % (page 2 of 5)"),
                ("bare", #"{"fraction":1,"note":""}"#, "100 %"),
                ("odd", #"{"fraction":1e300}"#, #"{"fraction":1e300}"#),
            ] {
                let id = try JobID("default/\(id)")
                try await plant(id, ["state": "running", "attempt": "1", "progress": progress], stage)
                let show = try await stage.martlet("job", "show", "\(id)")
                #expect(show.output.contains("progress:     \(shown)\n"))
                let list = try await stage.martlet("job", "list")
                let row = list.output.split(separator: "\n").first { $0.hasPrefix("\(id) ") }
                #expect(row?.hasSuffix("  \(shown)") == true, "\(list.output)")
            }
        }
    }

    @Test func `that there are no workers is said aside of JSON`() async throws {
        try await withStage { stage in
            let json = try await stage.martlet("stats", "--json")
            #expect((json.output, json.errors) == ("", "No workers: nothing will run.\n"))
            let text = try await stage.martlet("stats")
            #expect(text.output.contains("No workers: nothing will run.\n"))
            #expect(text.errors.isEmpty)
        }
    }

    @Test func `jobs about an object are found behind any number that do not need an eye`() async throws {
        try await withStage { stage in
            let object = RedisArgument("martlet:{default}:object:disk/1")
            _ = try await stage.redis.send(RedisCommand("SADD", ["martlet:queues", "default"]))
            for number in 0..<600 {
                try await plant(JobID("default/s\(number)"), ["state": "successful", "object": "disk/1"], stage)
                _ = try await stage.redis.send(
                    RedisCommand("ZADD", [object, RedisArgument(100 + number), RedisArgument("s\(number)")])
                )
            }
            try await plant(JobID("default/bad"), ["state": "error", "object": "disk/1"], stage)
            _ = try await stage.redis.send(RedisCommand("ZADD", [object, "1", "bad"]))
            let found = try await stage.martlet("job", "list", "--object", "disk/1")
            #expect(found.status == 0)
            #expect(found.output.contains("default/bad "))
            #expect(!found.output.contains("default/s1 "))
            #expect(found.errors.isEmpty)
        }
    }

    @Test func `what answers like no Redis is an error, not an empty list`() async throws {
        try await withStage { stage in
            try await FakeRedis.run(version: "7.0.15") { url in
                for command in [["job", "list"], ["stats"], ["job", "show", "a/b"], ["job", "logs", "a/b"]] {
                    let ended = try await stage.martlet(command + ["--redis", url])
                    #expect(ended.status == 1, "\(command)")
                    #expect(ended.errors.contains("was not answered with") || ended.errors.contains("the hash of a/b"))
                    #expect(ended.output.isEmpty)
                }
            }
        }
    }

    private func plant(_ id: JobID, _ fields: [String: String], _ stage: Stage) async throws {
        let all = ["type": "x", "enqueued_at": "1"].merging(fields) { $1 }
        let arguments = all.flatMap { [RedisArgument($0.key), RedisArgument($0.value)] }
        _ = try await stage.redis.send(
            RedisCommand("HSET", [RedisArgument(stage.jobs.store.keys.job(id))] + arguments)
        )
        if let state = fields["state"] {
            _ = try await stage.redis.send(
                RedisCommand("ZADD", [RedisArgument("martlet:{default}:\(state)"), "1", RedisArgument(id.local)])
            )
        }
    }
}
