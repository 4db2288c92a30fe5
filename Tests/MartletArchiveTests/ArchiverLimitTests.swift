import Foundation
import GRDB
import Logging
import Martlet
import MartletArchive
import MartletTesting
import ProcessSupervision
import RedisClient
import Synchronization
import Testing

/// What an archiver makes of jobs that nobody can move, and of a process that was frozen.
@Suite(.timeLimit(.minutes(15)))
struct ArchiverLimitTests {
    /// A text that Redis takes and no client reads: its replies have at most 64 MiB.
    private static let tooLong = RedisArgument([UInt8](repeating: 0x78, count: 70 << 20))

    @Test(
        arguments: [
            ("payload", "its payload has 73400320 bytes"), ("error", "its fields or its attempts"),
            ("attempts", "its fields or its attempts"), ("log", "its log"),
        ]
    )
    func `a job that is too large in any of its parts stays in Redis and is named, and all others are moved`(
        part: String,
        reason: String
    ) async throws {
        try await withArchiveBed { bed in
            let ids = try await bed.finish(3, log: ["hello"], as: .error, error: "no")
            let id = ids[1].local
            let command =
                switch part {
                case "payload", "error":
                    RedisCommand(
                        "HSET",
                        [RedisArgument("martlet:{default}:job:\(id)"), RedisArgument(part), Self.tooLong]
                    )
                default: RedisCommand("RPUSH", [RedisArgument("martlet:{default}:\(part):\(id)"), Self.tooLong])
                }
            _ = try await bed.redis.send(command)
            try await bed.finish(2)
            try await bed.withArchiver {
                try await eventually("all others are moved") { try await bed.left() == 1 }
                try await eventually("it is named") {
                    let field = RedisCommand("HGET", ["martlet:archiver", "skipped_last"])
                    return try await bed.redis.send(field).string?.hasPrefix("default/\(id): \(reason)") == true
                }
                let skipped = try await bed.redis.send(RedisCommand("HGET", ["martlet:archiver", "skipped"])).string
                #expect(skipped == "1")
                #expect(try await bed.inspector.archiver()?.error == nil)
            }
            #expect(try bed.values("SELECT count(*) FROM jobs") == ["4"])
            #expect(try await bed.inspector.state(ids[1]) == .error)
        }
    }

    @Test func `jobs with large payloads are moved a few at a time`() async throws {
        try await withArchiveBed { bed in
            let ids = try await bed.finish(12)
            let large = RedisArgument(Array("\"\(String(repeating: "x", count: 20 << 20))\"".utf8))
            for id in ids {
                _ = try await bed.redis.send(
                    RedisCommand("HSET", [RedisArgument("martlet:{default}:job:\(id.local)"), "payload", large])
                )
            }
            try await bed.archive()
            #expect(try bed.values("SELECT count(*), min(length(payload)) FROM jobs") == ["12|\((20 << 20) + 2)"])
        }
    }

    @Test func `an archiver that was frozen for longer than its lease writes nothing into its file`() async throws {
        try await withArchiveBed { bed in
            try await bed.finish(10)
            let frozen = DispatchSemaphore(value: 0)
            let isFrozen = Mutex(false)
            let visits = Mutex(0)
            var short = ArchiveBed.atOnce
            short.lease = .milliseconds(500)
            let client = try JobClient(redis: bed.server.url(as: .worker), logger: ArchiveBed.quiet)
            let first = bed.folder + "/first.db"
            let archiver = try Archiver(client, path: first, configuration: short) { step in
                guard step == .began,
                    visits.withLock({
                        $0 += 1; return $0
                    }) == 1
                else { return }
                isFrozen.withLock { $0 = true }
                frozen.wait()
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await archiver.run() }
                try await eventually("it has read, and is about to write") { isFrozen.withLock { $0 } }
                try await bed.archive()
                frozen.signal()
                // It has gone on once it moves what comes later.
                let later = try await bed.finish(1)[0]
                try await eventually("it goes on") { try await bed.inspector.state(later) == nil }
                group.cancelAll()
            }
            await client.close()
            #expect(try bed.values("SELECT count(*) FROM jobs") == ["10"])
            #expect(try bed.values("SELECT count(*) FROM jobs", path: first) == ["1"])
        }
    }

    @Test func `a backlog that does not move is told with the time since when`() async throws {
        try await withArchiveBed { bed in
            // An id without a job: there is nothing to move, and the set says that there is.
            _ = try await bed.redis.send(RedisCommand("ZADD", ["martlet:{default}:error", 1, "nowhere"]))
            _ = try await bed.redis.send(RedisCommand("SADD", ["martlet:queues", "default"]))
            let since = RedisCommand("HGET", ["martlet:archiver", "stalled_since"])
            try await bed.withArchiver {
                try await eventually("it is told") { try await bed.redis.send(since).string != nil }
                _ = try await bed.redis.send(RedisCommand("ZREM", ["martlet:{default}:error", "nowhere"]))
                try await eventually("it is over") { try await bed.redis.send(since).string == nil }
            }
        }
    }
}
