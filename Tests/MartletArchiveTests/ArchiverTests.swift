import Foundation
import Martlet
import MartletArchive
import MartletTesting
import RedisClient
import Testing

/// What an archiver makes of finished jobs.
@Suite(.timeLimit(.minutes(2)))
struct ArchiverTests {
    @Test func `a finished job goes from Redis into the archive, with its attempts and its log`() async throws {
        try await withArchiveBed { bed in
            let id = try await bed.finish(
                1,
                json: #"{"to":"ada"}"#,
                options: JobOptions(priority: 3, timeLimit: .seconds(9), object: "disk/1"),
                log: ["hello", "timeout after 30 s"],
                as: .error,
                error: "no route to host",
                errorType: "Oops"
            )[0]
            try await bed.archive()
            #expect(try await bed.inspector.job(id) == nil)
            #expect(
                try bed.values(
                    "SELECT queue, id, type, state, payload, object, priority, attempt, error, options FROM jobs"
                )
                    == [
                        #"default|\#(id.local)|greet|error|{\"to\":\"ada\"}|disk/1|3|1|no route to host|{\"time_limit_ms\":9000}"#
                    ]
            )
            #expect(
                try bed.values("SELECT attempt, outcome, worker, error_type, error FROM attempts")
                    == ["1|failed|ada|Oops|no route to host"]
            )
            #expect(
                try bed.values("SELECT line, attempt, level, message, fields FROM log_lines ORDER BY line")
                    == [#"0|1|info|hello|{\"n\":\"0\"}"#, #"1|1|info|timeout after 30 s|{\"n\":\"1\"}"#]
            )
            #expect(try bed.values("SELECT type, error_type, message FROM causes") == ["greet|Oops|no route to host"])
        }
    }

    @Test func `nothing of a moved job is left in Redis`() async throws {
        try await withArchiveBed { bed in
            try await bed.finish(3, options: JobOptions(retention: .seconds(60), object: "disk/1"), log: ["hello"])
            try await bed.archive()
            let reply = try await bed.store.redis.send(RedisCommand("KEYS", ["*"]))
            let keys = Set(reply.array?.compactMap(\.string) ?? [])
            let root = "martlet:{default}"
            #expect(
                keys.subtracting([
                    "martlet:archiver", "martlet:queues", "\(root):token", "\(root):pulse", "\(root):wake",
                    "\(root):claim:ada",
                ]) == []
            )
        }
    }
}
