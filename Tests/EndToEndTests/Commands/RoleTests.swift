import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// Who may do what, on the command line.
///
/// The other suites run each command as the role whose part it is.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct RoleTests {
    private let yaml = """
        jobs:
          quick: {command: ["true"], queue: mail}
        """

    /// Renew the file with `MARTLET_RENEW_SNAPSHOTS=1 swift test --filter RoleTests`, and look at the difference.
    @Test func `the users that doctor prints are as their snapshot, and follow the prefix`() async throws {
        try await withStage { stage in
            let nowhere = ["MARTLET_REDIS_URL": "redis://ada:secret@127.0.0.1:1"]
            let ended = try await stage.martlet("doctor", "--acl", environment: nowhere)
            #expect(ended.status == 0)
            let file = Page.root.appending(path: "Tests/EndToEndTests/Docs/Snapshots/doctor-acl.txt")
            if ProcessInfo.processInfo.environment["MARTLET_RENEW_SNAPSHOTS"] != nil {
                try Data(ended.output.utf8).write(to: file)
            } else {
                #expect(ended.output == (try String(contentsOf: file, encoding: .utf8)))
            }
            #expect(!ended.output.contains("secret") && ended.output.components(separatedBy: ">CHANGE-ME ").count == 5)
            let other = try await stage.martlet("doctor", "--acl", "--prefix", "jobs", environment: nowhere)
            #expect(other.output == ended.output.replacing("~martlet:", with: "~jobs:"))
            let wrong = try await stage.martlet("doctor", "--acl", "--prefix", "a b", environment: nowhere)
            #expect(wrong.status == 1 && wrong.errors.contains("prefix: "))
        }
    }

    @Test func `a producer is told that there is no such job, though it may not ask whether there is an archive`()
        async throws
    {
        try await withStage { stage in
            _ = try await stage.redis.send(RedisCommand("HSET", ["martlet:archiver", "path", "/srv/history.db"]))
            for (role, hint) in [
                (Role.producer, ""), (.viewer, "one that has gone to the archive is read with --arch"),
            ] {
                let environment = ["MARTLET_REDIS_URL": stage.server.url(as: role)]
                let ended = try await stage.martlet("job", "show", "mail/none", environment: environment)
                #expect(ended.status == 3, "\(ended.errors)")
                #expect(ended.errors.hasPrefix("there is no job mail/none\n\(hint)"), "\(ended.errors)")
            }
        }
    }

    @Test func `redis-cli takes the lines as they are, and an ACL file takes their rules`() async throws {
        try await withStage { stage in
            let lines = try await stage.martlet("doctor", "--acl").output.split(separator: "\n")
            for line in lines {
                let words = line.replacing("CHANGE-ME", with: "pass").split(separator: " ")
                let command = RedisCommand(String(words[0]), words.dropFirst().map { RedisArgument(String($0)) })
                #expect(try await stage.redis.send(command).string == "OK")
            }
            let rules = lines.map { $0.replacing("ACL SETUSER", with: "user").replacing(" reset ", with: " ") }
            let file = try stage.write(rules.joined(separator: "\n") + "\n", to: "users.acl")
            try await withRedisServer(arguments: ["--aclfile", file]) { server in
                let url = server.url.replacing("://", with: "://martlet-producer:CHANGE-ME@")
                let ended = try await stage.martlet("job", "enqueue", "quick", "--redis", url)
                #expect(ended.status == 0, "\(ended.errors)")
            }
        }
    }

    @Test(arguments: [
        (Role.viewer, ["job", "cancel", "mail/1"], "may not run the script audit", "operator"),
        (.viewer, ["job", "enqueue", "quick"], "may not run the script enqueue", "producer, worker and operator"),
        (.viewer, ["queue", "pause", "mail"], "may not run the script", "operator"),
        (
            .viewer, ["schedule", "set", "tick", "--cron", "* * * * *", "--type", "quick"],
            "may not run the script audit", "operator"
        ),
        (.viewer, ["worker", "quiet", "ada"], "may not", "operator"),
        (.viewer, ["leader", "resign"], "may not", "operator"),
        (.viewer, ["doctor", "--verify"], "SCAN on 0", "operator"),
        (.producer, ["job", "list"], "may not run SMEMBERS on martlet:queues (NOPERM)", "worker, operator and viewer"),
        (.producer, ["job", "logs", "mail/1"], "may not run", "viewer"),
        (.producer, ["stats"], "may not run", "viewer"),
        (.producer, ["job", "delete", "mail/1", "--yes"], "may not run", "operator"),
        (.producer, ["audit"], "LRANGE on martlet:audit (NOPERM); the roles", "roles operator and viewer may"),
        (.producer, ["schedule", "list"], "may not run", "viewer"),
        (.worker, ["audit"], "LRANGE on martlet:audit (NOPERM); the roles", "roles operator and viewer may"),
        (.worker, ["queue", "pause", "mail"], "may not run", "operator"),
        (.worker, ["job", "restart", "mail/1"], "may not run", "operator"),
        (.operator, ["work"], "may not run", "worker"),
        (.viewer, ["work"], "may not run", "worker"),
        (.producer, ["work"], "may not run", "worker"),
    ])
    func `a command that is not the role's part fails, and says who may`(
        role: Role,
        command: [String],
        what: String,
        who: String
    ) async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("quick", "--queue", "mail", "--id", "1")
            if command == ["leader", "resign"] { _ = try await stage.jobs.store.lead("ada", lease: .seconds(60)) }
            if command.first == "worker" {
                try await stage.jobs.store.announce(
                    "ada",
                    fields: { _ in [("host", "h")] },
                    queues: ["mail"],
                    forgottenAfter: .seconds(60),
                    isThorough: true
                )
            }
            try stage.write(yaml, to: "martlet.yaml")
            let ended = try await stage.martlet(
                command,
                environment: ["MARTLET_REDIS_URL": stage.server.url(as: role)]
            )
            let said = ended.errors
            #expect(ended.status == 1, "\(said)")
            #expect(said.contains("user \(role.user) may not run "), "\(said)")
            #expect(said.contains(what) && said.contains("NOPERM") && said.contains("martlet doctor --acl"), "\(said)")
            #expect(said.contains(who), "\(said)")
            #expect(try await stage.record(id).state == .waiting)
        }
    }

    @Test(arguments: [
        (" +zadd", "", "may not run ZADD on "), (" +blpop", "", "may not run BLPOP on "),
        (" +eval", "", "may not run the script rights"), ("martlet:{*}", "martlet:{other}", "may not run "),
        ("%W~martlet:{*}:job:*", "%R~martlet:{*}:job:*", "may not run HDEL, HSET, UNLINK on "),
    ])
    func `a worker that lacks something says so at the start, and claims nothing`(
        part: String,
        replacement: String,
        what: String
    ) async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("quick", "--queue", "mail")
            try await stage.setUser(.worker) { $0.replacing(part, with: replacement) }
            try stage.write(yaml, to: "martlet.yaml")
            for processes in [[], ["--processes", "2"]] {
                let ended = try await stage.martlet(["work"] + processes)
                #expect(ended.status == 1)
                #expect(ended.errors.contains("user martlet-worker \(what)"), "\(ended.errors)")
                #expect(ended.errors.contains("(NOPERM") && ended.errors.contains("martlet doctor --acl prints"))
            }
            let job = try await stage.record(id)
            #expect(job.state == .waiting && job.attempt == 0)
        }
    }
}
