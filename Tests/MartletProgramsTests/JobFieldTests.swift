import Martlet
import Testing

@testable import MartletPrograms

/// What a job may say in martlet.yaml.
@Suite struct JobFieldTests {
    @Test func `zero is a duration where it means something`() throws {
        let file = try parse(
            """
            archive: {path: h.db, after: 0s}
            jobs:
              x: {command: [a], retention: 0s, backoff: 0s, backoff_max: 0ms, kill_after: 0s}
            schedules: {s: {cron: '@daily', job: x, splay: 0s}}
            """
        )
        let job = try #require(file.jobs.first)
        #expect(job.retention == .zero)
        #expect(job.backoff == .zero)
        #expect(job.backoffMax == .zero)
        #expect(job.command.killAfter == .zero)
        #expect(file.archive?.after == .zero)
        #expect(file.schedules.first?.splay == .zero)
        for field in ["time_limit: 0s", "limits: {cpu: 0s}"] {
            #expect(problems("jobs: {x: {command: [a], \(field)}}").first?.contains("is no time at all") == true)
        }
        let archive = problems("archive: {path: h, retention: 0s}\njobs: {x: {command: [a]}}")
        #expect(archive.first?.contains("is no time at all") == true)
    }

    @Test func `a program with a slash starts at the directory, and without one at the file's folder`() throws {
        let file = try parse(
            """
            jobs:
              here: {command: [./t.sh, ./data]}
              below: {command: [bin/t.sh]}
              in: {command: [./t.sh], directory: work}
              absolute: {command: [/bin/true]}
              searched: {command: [gzip]}
            """
        )
        let commands = file.jobs.map { [$0.command.directory ?? "-"] + $0.command.arguments }
        #expect(
            commands == [
                ["-", "/etc/martlet/./t.sh", "./data"], ["-", "/etc/martlet/bin/t.sh"],
                ["/etc/martlet/work", "./t.sh"], ["-", "/bin/true"], ["-", "gzip"],
            ]
        )
    }

    @Test func `user, umask, limits and secrets are read`() throws {
        let file = try parse(
            """
            jobs:
              x:
                command: [a]
                user: deploy
                umask: 027
                limits: {memory: 512M, cpu: 1m30s, files: 256, processes: 100}
                environment: {TOKEN: {file: secrets/token}, KEY: {file: /run/key}, A: b}
            """
        )
        let command = try #require(file.jobs.first?.command)
        #expect(command.user == "deploy")
        #expect(command.mask == 0o027)
        #expect(command.limits == CommandLimits(memory: 512 << 20, cpu: .seconds(90), files: 256, processes: 100))
        #expect(command.secrets == ["TOKEN": "/etc/martlet/secrets/token", "KEY": "/run/key"])
        #expect(command.environment == ["A": "b"])
    }

    @Test(
        arguments: [
            ("umask: 1000", "umask: \"1000\" is not an octal number from 0 to 777; write one such as 027"),
            ("umask: 8", "umask: \"8\" is not an octal number"),
            (
                "limits: {memory: 1K}",
                "limits.memory: \"1K\" is not a size of at least 1M; write a number with K, M or G"
            ),
            ("limits: {memory: lots}", "limits.memory: \"lots\" is not a size"),
            ("limits: {cpu: 500ms}", "limits.cpu: is no whole number of seconds"),
            ("limits: {files: 2}", "limits.files: \"2\" is not a whole number from 3 to 1048576"),
            ("limits: {disk: 1G}", "limits.disk: is not a known field; known are memory, cpu, files, processes"),
            ("user: ''", "user: \"\" is not the name of a user"),
            ("environment: {A: {path: x}}", "environment.A.path: is not a known field; known are file"),
            ("environment: {A: [x]}", "environment.A: is a list; write one value, in quotes if it has spaces"),
            (
                "environment: {A: '${NOT_THERE}'}",
                "environment.A: variable NOT_THERE is not set here; set it, or write $$"
            ),
            ("environment: {A: '${LATIN}'}", "environment.A: variable LATIN is not UTF-8 text; set it to text"),
            ("environment: {A: '${'}", "environment.A: \"${\" is not ${NAME}; write that, or $$ for a dollar"),
            ("directory: '${A-b}'", "directory: \"${A-b}\" is not ${NAME}"),
        ]
    )
    func `a mistake in them names the field, the value and what would be right`(text: String, expected: String) {
        let problems = problems("jobs: {x: {command: [a], \(text)}}")
        #expect(problems.first?.hasPrefix("jobs.x.\(expected)") == true, "\(problems)")
    }

    @Test func `a variable of the environment stands in paths, values and the user, and not in a command`() throws {
        let text = """
            archive: {path: "${STATE}/history.db"}
            jobs:
              x:
                command: [sh, -c, 'echo $$ ${MARTLET_JOB_ID} ${STATE}']
                directory: ${STATE}/work
                user: ${WHO}
                environment: {URL: "redis://${WHO}@host", PRICE: "5 $$ or $$$$ or $5 or $", FILE: {file: "${STATE}/f"}}
            """
        let file = try parse(text)
        let command = try #require(file.jobs.first?.command)
        #expect(command.arguments == ["sh", "-c", "echo $$ ${MARTLET_JOB_ID} ${STATE}"])
        #expect(command.directory == "/srv/state/work")
        #expect(command.user == "deploy")
        #expect(command.environment == ["URL": "redis://deploy@host", "PRICE": "5 $ or $$ or $5 or $"])
        #expect(command.secrets == ["FILE": "/srv/state/f"])
        #expect(file.archive?.path == "/srv/state/history.db")
        // Who only looks for a queue may be where they are not set.
        let elsewhere = try CommandFile.parse(text, file: "m.yaml", folder: "/", for: .lookingUp) { _ in nil }
        #expect(elsewhere.jobs.map(\.type) == ["x"])
    }

    private func parse(_ text: String) throws(ConfigurationError) -> CommandFile {
        try CommandFile.parse(text, file: "m.yaml", folder: "/etc/martlet") {
            ["STATE": Array("/srv/state".utf8), "WHO": Array("deploy".utf8), "LATIN": [0x63, 0xe9]][$0]
        }
    }

    private func problems(_ text: String) -> [String] {
        #expect(throws: ConfigurationError.self) { try parse(text) }?.problems.map(\.message) ?? []
    }
}
