import Foundation
import Martlet
import MartletTesting
import ProcessSupervision
import RedisClient
import Testing

/// How the command line is told where Redis is, and what nobody else is to see of it.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ConnectionOptionTests {
    @Test func `a password in --redis is on nobody's list of processes, nor on those of the processes that it starts`()
        async throws
    {
        try await withStage { stage in
            _ = try await stage.redis.send(RedisCommand("ACL", ["SETUSER", "martlet-worker", ">s3cret-of-mine"]))
            let url = stage.server.url.replacing("://", with: "://martlet-worker:s3cret-of-mine@")
            let file = try stage.write("jobs: {quick: {command: [sleep, '60']}}", to: "martlet.yaml")
            for option in [["--redis", url], ["--redis=\(url)"]] {
                let worker = try stage.start(["work", "--config", file, "--processes", "2"] + option)
                let id = try await stage.enqueue("quick")
                try await stage.wait(for: id, .running)
                #expect(ProcessTable.marked("s3cret-of-mine").isEmpty)
                #expect(
                    ProcessTable.marked(file).count >= 3,
                    "the supervisor and two workers, by their other arguments"
                )
                worker.signal(SIGKILL)
                _ = try await worker.ended()
                _ = try await stage.redis.send(RedisCommand("FLUSHALL"))
            }
        }
    }

    @Test func `a file gives the password, named by an option or the environment`() async throws {
        try await withStage { stage in
            _ = try await stage.redis.send(RedisCommand("ACL", ["SETUSER", "martlet-producer", ">pä ss/w#1%"]))
            let url = stage.server.url.replacing("://", with: "://martlet-producer@")
            let nowhere = "unix:///nowhere"
            for text in ["pä ss/w#1%\n", "pä ss/w#1%\r\n", "pä ss/w#1%"] {
                let file = try stage.write(text, to: "password")
                let given = try await stage.martlet(
                    ["job", "enqueue", "x", "--redis", url, "--redis-password-file", file],
                    environment: ["MARTLET_REDIS_URL": nowhere]
                )
                #expect(given.status == 0, "\(given.errors)")
                let found = try await stage.martlet(
                    ["job", "enqueue", "x"],
                    environment: ["MARTLET_REDIS_URL": url, "MARTLET_REDIS_PASSWORD_FILE": file]
                )
                #expect(found.status == 0, "\(found.errors)")
            }
            // The environment's file is for a URL that has no password.
            let other = try await stage.martlet(
                ["job", "enqueue", "x"],
                environment: [
                    "MARTLET_REDIS_URL": stage.server.url(as: .operator), "MARTLET_REDIS_PASSWORD_FILE": "/nowhere",
                ]
            )
            #expect(other.status == 0, "\(other.errors)")
        }
    }

    @Test(
        arguments: [
            ("redis://ada@h", "", "is empty"), ("redis://ada@h", "\n", "is empty"),
            ("redis://ada:pw@h", "x", "a file gives one too"),
            ("redis://ada@h", String(repeating: "x", count: 5000), "has more than 4096 bytes"),
            ("redis://ada@h", nil, "No such file or directory"),
        ] as [(String, String?, String)]
    )
    func `a password file that gives none is refused, with its path and without its text`(
        url: String,
        text: String?,
        why: String
    ) async throws {
        try await withStage { stage in
            let path = "\(stage.folder)/pw"
            if let text { try stage.write(text, to: "pw") }
            let ended = try await stage.martlet(["stats", "--redis", url, "--redis-password-file", path])
            #expect(ended.status == 1 && ended.errors.contains(why), "\(ended.errors)")
            #expect(ended.errors.contains(path) || text == "x")
            #expect(!ended.errors.contains("xxx") && !ended.errors.contains("pw@"))
        }
    }

    @Test(arguments: [
        (["--tls-ca", "/ca.pem"], "write rediss://"), (["--tls-cert", "/c.pem"], "write rediss://"),
        (["--tls-key", "/k.pem"], "goes with --tls-cert"),
    ])
    func `options of TLS without TLS are refused`(options: [String], why: String) async throws {
        try await withStage { stage in
            let ended = try await stage.martlet(["stats"] + options)
            #expect(ended.status == 64 && ended.errors.contains(why), "\(ended.errors)")
        }
    }

    @Test func `a private authority and a certificate of one's own are named on the command line`() async throws {
        try await withStage { stage in
            let certificates = try TestCertificates(in: stage.folder)
            let port = Int.random(in: 33_000..<34_000)
            let arguments = ["--tls-port", "\(port)"] + certificates.serverArguments
            try await withRedisServer(arguments: arguments) { _ in
                let url = "rediss://localhost:\(port)"
                let alone = try await stage.martlet(["job", "enqueue", "x", "--redis", url])
                #expect(alone.status == 1 && alone.errors.contains("certificate"), "\(alone.errors)")
                let trusting = ["job", "enqueue", "x", "--redis", url, "--tls-ca", certificates.path("ca.crt")]
                let unknown = try await stage.martlet(trusting)
                #expect(unknown.status == 1, "the server asks for a certificate")
                let own = ["--tls-cert", certificates.path("server.crt"), "--tls-key", certificates.path("server.key")]
                let known = try await stage.martlet(trusting + own)
                #expect(known.status == 0, "\(known.errors)")
                let keyless = try await stage.martlet(trusting + own.prefix(2))
                #expect(keyless.status == 1 && keyless.errors.contains("cannot use the key"), "\(keyless.errors)")
            }
        }
    }

    @Test func `an argument that is not UTF-8 is refused, as standard input is`() async throws {
        try await withStage { stage in
            for text in [
                #"t "$(printf '{"a":"caf\351"}')""#, #"t --object "$(printf '\377')""#, #""$(printf 't\351')""#,
            ] {
                let line = "exec \(MartletProcess.martlet) job enqueue \(text)"
                let environment = ["MARTLET_REDIS_URL": stage.server.url(as: .producer)]
                let ended = try await stage.start("-c", line, executable: "/bin/sh", environment: environment).ended()
                #expect(ended.status == 64 && ended.errors.contains("is not UTF-8 text"), "\(ended.errors)")
            }
            #expect(try await stage.redis.send(RedisCommand("DBSIZE")).int == 0)
        }
    }

    @Test func `a variable that is not UTF-8 is refused, and its value is not shown`() async throws {
        try await withStage { stage in
            try stage.write("jobs: {x: {command: [env], environment: {A: '${LATIN}'}}}", to: "m.yaml")
            for (name, arguments, status) in [
                ("MARTLET_REDIS_URL", "job list", 64), ("MARTLET_ARCHIVE", "job list", 64), ("LATIN", "work", 1),
            ] as [(String, String, Int32)] {
                let line = "export \(name)=\"$(printf 'secret\\351')\"; exec \(MartletProcess.martlet) \(arguments)"
                let ended = try await stage.start(
                    "-c",
                    arguments == "work" ? "\(line) -c m.yaml" : line,
                    executable: "/bin/sh",
                    environment: ["MARTLET_REDIS_URL": stage.server.url(as: .worker)]
                ).ended()
                #expect(ended.status == status, "\(name): \(ended.errors)")
                #expect(ended.errors.contains("variable \(name)") && ended.errors.contains("UTF-8"), "\(ended.errors)")
                #expect(!ended.errors.contains("secret"), "\(ended.errors)")
            }
        }
    }
}
