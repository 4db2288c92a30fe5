import Foundation
import Martlet
import MartletArchive
import MartletTesting
import RedisClient
import Testing

/// Whatever stands in a finished job's hash, the archiver lives, and what can be moved is moved.
@Suite(.timeLimit(.minutes(15)))
struct ArchiverHostileTests {
    /// The fields of a job's hash but for its state, which decides whether it is one to move.
    private static let fields = [
        "type", "payload", "object", "schedule", "slot", "priority", "attempt", "crashes", "worker", "error", "warning",
        "reason", "progress", "token", "suspect", "enqueued_at", "due_at", "started_at", "finished_at",
        "cancel_requested_at", "attempts_before_restart", "max_retries", "time_limit_ms", "backoff_ms",
        "backoff_max_ms",
        "retention_ms", "log_bytes", "log_cut", "log_lost",
    ]

    @Test(
        arguments: [
            "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e308", "-1", "NaN", "inf", "",
            "text", "1.5", "\u{0}\u{1b}[2J",
        ]
    ) func `a nasty value in any field, or in all of them at once, kills no archiver`(value: String) async throws {
        try await withArchiveBed { bed in
            let ids = try await bed.finish(Self.fields.count + 2, log: ["hello"], as: .error, error: "no route")
            for (id, field) in zip(ids, Self.fields) {
                try await set([field], of: id, to: value, bed)
            }
            // Two of them, so that sums over jobs have a chance to overflow.
            for id in ids.suffix(2) { try await set(Self.fields, of: id, to: value, bed) }
            // A job whose end is unknown counts as old, and would go from the archive at once.
            let forEver = ArchiverConfiguration(
                after: .zero,
                retention: .seconds(3_155_760_000),
                interval: .milliseconds(20)
            )
            try await bed.withArchiver(forEver) {
                try await eventually("all are moved") { try await bed.left() == 0 }
            }
            #expect(try bed.values("SELECT count(*) FROM jobs") == ["\(ids.count)"])
            let history = try History(path: bed.path)
            defer { history.close() }
            for id in ids {
                _ = try await history.job(id)
                _ = try await history.attempts(id)
                _ = try await history.log(id)
            }
            _ = try await history.stats()
            _ = try await history.errors()
        }
    }

    @Test(
        arguments: [
            "", "text", "[1]", "{}", "\u{0}",
            #"{"attempt":9223372036854775807,"end":"failed","started_at":-9223372036854775808,"ended_at":9223372036854775807}"#,
            #"{"attempt":1e308,"time":1e308,"level":[],"message":{}}"#,
        ]
    ) func `an attempt or a log line of any form kills no archiver`(entry: String) async throws {
        try await withArchiveBed { bed in
            let id = try await bed.finish(1, log: ["hello"], as: .error, error: "no route")[0]
            for list in ["log", "attempts"] {
                _ = try await bed.redis.send(
                    RedisCommand(
                        "RPUSH",
                        [RedisArgument("martlet:{default}:\(list):\(id.local)"), RedisArgument(entry)]
                    )
                )
            }
            try await bed.archive()
            let history = try History(path: bed.path)
            defer { history.close() }
            #expect(try await history.job(id)?.state == .error)
            #expect(try await history.log(id).entries.count >= 2)
        }
    }

    private func set(_ fields: [String], of id: JobID, to value: String, _ bed: ArchiveBed) async throws {
        let key = RedisArgument("martlet:{default}:job:\(id.local)")
        let pairs = fields.flatMap { [RedisArgument($0), RedisArgument(value)] }
        _ = try await bed.redis.send(RedisCommand("HSET", [key] + pairs))
    }
}
