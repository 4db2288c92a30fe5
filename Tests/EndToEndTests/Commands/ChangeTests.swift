import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// Many jobs at once, through the command line.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ChangeTests {
    @Test func `what is changed by a filter is counted and shown first`() async throws {
        try await withStage { stage in
            try await plant(25, .error, stage)
            let dry = try await stage.martlet("job", "restart", "--status", "error", "--dry-run")
            #expect(dry.status == 0)
            #expect(dry.output.hasPrefix("restart: 25 jobs, --status error\n  ID "))
            #expect(dry.output.hasSuffix("  and 15 more\n"))
            #expect(dry.output.contains("mail/error-24 ") && dry.output.contains("no route"))
            let refused = try await stage.martlet("job", "restart", "--status", "error")
            #expect((refused.status, refused.output) == (64, ""))
            #expect(refused.errors.contains("To restart 25 jobs, add --yes."))
            #expect(refused.errors.contains("restart: 25 jobs, --status error\n"))
            #expect(try await counts(stage) == [.error: 25])
            let done = try await stage.martlet("job", "restart", "--status", "error", "--yes", "--as", "ada")
            #expect(done.status == 0)
            #expect(done.output.contains(/^restarted 25 of 25 jobs \(\d+\/s\)\n$/), "\(done.output)")
            #expect(try await counts(stage) == [.waiting: 25])
            let none = try await stage.martlet("job", "restart", "--status", "error", "--yes")
            #expect((none.status, none.errors) == (3, "no jobs match --status error\n"))
            let audit = try await stage.martlet("audit")
            #expect(audit.output.contains(/ada +job restart +--status error +25 of 25\n/), "\(audit.output)")
        }
    }

    @Test func `successful jobs are left alone unless they are asked for, and running ones are not deleted`()
        async throws
    {
        try await withStage { stage in
            try await plant(2, .successful, stage)
            try await plant(3, .error, stage)
            try await plant(1, .running, stage)
            let some = try await stage.martlet("job", "delete", "--queue", "mail", "--yes")
            #expect(some.output.contains("deleted 3 of 3 jobs"))
            let all = try await stage.martlet("job", "delete", "--all", "--yes")
            #expect(all.output.contains("deleted 2 of 2 jobs"))
            #expect(try await counts(stage) == [.running: 1])
            let wrong = try await stage.martlet("job", "delete", "--status", "running", "--yes")
            #expect(wrong.status == 64)
            #expect(
                wrong.errors.contains("--status running: delete takes jobs that are scheduled, waiting, successful")
            )
            let named = try await stage.martlet("job", "delete", "mail/running-0", "--yes")
            #expect(named.status == 3)
            #expect(named.errors == "mail/running-0 runs, on worker w: cancel it first; nothing was changed\n")
        }
    }

    @Test func `ids need no question unless they are to be deleted`() async throws {
        try await withStage { stage in
            try await plant(3, .error, stage)
            let restart = try await stage.martlet("job", "restart", "mail/error-0", "mail/error-1")
            #expect(
                (restart.status, restart.output) == (0, "mail/error-0: waiting to run\nmail/error-1: waiting to run\n")
            )
            let delete = try await stage.martlet("job", "delete", "mail/error-2")
            #expect(delete.status == 64 && delete.errors.contains("To delete 1 job, add --yes."))
            let sure = try await stage.martlet("job", "delete", "mail/error-2", "mail/none", "--yes")
            #expect((sure.status, sure.output) == (1, "mail/error-2: deleted\n"))
            #expect(sure.errors == "there is no job mail/none\n")
        }
    }

    @Test func `nothing, or ids and a filter, is no way to say which jobs`() async throws {
        try await withStage { stage in
            for (arguments, says) in [
                (["job", "cancel"], "Say which jobs"), (["job", "cancel", "--limit", "5"], "Say which jobs"),
                (["job", "delete", "a/b", "--queue", "a"], "exclude each other"),
                (
                    ["job", "restart", "--status", "waiting"],
                    "--status waiting: restart takes jobs that are successful,"
                ),
                (["queue", "purge", "a", "--status", "error"], "purge takes jobs that are scheduled or waiting"),
                (["job", "list", "--since", "soon"], "2h (ago)"), (["job", "list", "--sort", "size"], "attention"),
            ] {
                let ended = try await stage.martlet(arguments)
                #expect((ended.status, ended.output) == (64, ""), "\(arguments)")
                #expect(ended.errors.contains(says), "\(arguments): \(ended.errors)")
            }
            let both = try await stage.martlet("job", "list", "--standalone", "--object", "x")
            #expect(both.status == 1 && both.errors.contains("standalone: "))
        }
    }

    @Test func `an interrupt ends a change between two batches, and the rest is as it was`() async throws {
        try await withStage { stage in
            try await plant(20_000, .error, stage)
            let process = try stage.start("job", "delete", "--status", "error", "--yes")
            try await eventually("it has begun") { try await counts(stage)[.error] ?? 0 < 20_000 }
            process.signal(SIGINT)
            let ended = try await process.ended()
            #expect(ended.status == 1)
            let left = try await counts(stage)[.error] ?? 0
            #expect(left > 0 && left.isMultiple(of: 100))
            #expect(ended.output.contains("; interrupted, \(left) left: the same again goes on"), "\(ended.output)")
            let entry = try #require(try await stage.inspector.audit().first)
            #expect((entry.matched, entry.done) == (20_000, 20_000 - left))
        }
    }

    @Test func `on a terminal it asks, and only yes is taken for yes`() async throws {
        try await withStage { stage in
            try await plant(3, .error, stage)
            for (answer, status, left) in [("\n", 1, 3), ("no\n", 1, 3), ("y\n", 0, nil)] as [(String, Int32, Int?)] {
                let process = try stage.start(
                    "-qec",
                    "'\(MartletProcess.martlet)' job delete --status error",
                    "/dev/null",
                    executable: "/usr/bin/script",
                    environment: ["MARTLET_REDIS_URL": stage.server.url(as: .operator)],
                    input: answer
                )
                let ended = try await process.ended()
                #expect(ended.status == status, "\(ended.output)")
                #expect(ended.output.contains("delete these 3 jobs? [y/N]"))
                #expect(try await counts(stage)[.error] == left)
            }
        }
    }

    @Test func `a purge empties a queue of what has not begun`() async throws {
        try await withStage { stage in
            try await plant(2, .error, stage)
            try await plant(1, .running, stage)
            for _ in 0..<3 { _ = try await stage.enqueue("x", "--queue", "mail") }
            _ = try await stage.enqueue("y", "--queue", "mail", "--in", "1h")
            _ = try await stage.enqueue("x", "--queue", "other")
            let some = try await stage.martlet("queue", "purge", "mail", "--type", "y", "--yes")
            #expect(some.output.contains("deleted 1 of 1 job ("))
            let all = try await stage.martlet("queue", "purge", "mail", "--yes")
            #expect(all.status == 0 && all.output.contains("deleted 3 of 3 jobs"))
            #expect(try await counts(stage) == [.error: 2, .running: 1])
            #expect(try await stage.inspector.counts(queue: "other")[.waiting] == 1)
            let audit = try await stage.martlet("audit")
            #expect(audit.output.contains(/queue purge +--queue mail --status scheduled --status waiting +3 of 3/))
        }
    }

    @Test func `a list says what it does not show`() async throws {
        try await withStage { stage in
            try await plant(80, .error, stage)
            let list = try await stage.martlet("job", "list", "--queue", "mail", "--limit", "20")
            #expect(list.output.split(separator: "\n").count == 21)
            #expect(
                list.errors
                    == "20 shown, there may be more (of 80 looked through): the same with --after "
                    + "attention:error:60060:mail/error-60\n"
            )
            let rest = try await stage.martlet(
                ["job", "list", "--queue", "mail", "--limit", "500"]
                    + ["--after", "attention:error:60060:mail/error-60"]
            )
            #expect(rest.output.split(separator: "\n").count == 61 && rest.errors.isEmpty)
        }
    }

    private func counts(_ stage: Stage) async throws -> [JobState: Int] {
        try await stage.inspector.counts(queue: "mail").filter { $0.value > 0 }
    }

    private func plant(_ count: Int, _ state: JobState, _ stage: Stage) async throws {
        let script = """
            for n = 0, ARGV[1] - 1 do
                local id = ARGV[2] .. '-' .. n
                redis.call('HSET', 'martlet:{mail}:job:' .. id, 'type', 'x', 'payload', '{}', 'state', ARGV[2],
                    'enqueued_at', 1, 'finished_at', 60000 + n, 'error', 'no route', 'worker', 'w', 'attempt', 1)
                redis.call('ZADD', 'martlet:{mail}:' .. ARGV[2], 60000 + n, id)
            end
            """
        let arguments = [RedisArgument(script), "0", RedisArgument(count), RedisArgument(state.rawValue)]
        _ = try await stage.redis.send(RedisCommand("EVAL", arguments))
        _ = try await stage.redis.send(RedisCommand("SADD", ["martlet:queues", "mail"]))
    }
}
