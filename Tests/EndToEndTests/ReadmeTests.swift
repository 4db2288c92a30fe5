import Foundation
import Martlet
import MartletCommands
import MartletTesting
import RedisClient
import Testing

/// The README is read as it is printed: its program is the one that is built, and its lines are run.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ReadmeTests {
    @Test func `the program in the README is the one that is compiled`() throws {
        let printed = try #require(blocks("swift").first)
        let compiled = try String(
            contentsOf: root.appending(path: "Sources/MartletExample/Program.swift"),
            encoding: .utf8
        )
        #expect(printed == compiled)
    }

    @Test func `the program welcomes both, the second not before its time`() async throws {
        try await withStage { stage in
            // Its output goes to a file here, for which the C library would hold it back.
            let program = try stage.start(
                "-oL",
                products.appending(path: "MartletExample").path,
                executable: "/usr/bin/stdbuf"
            )
            try await eventually("both jobs are done", within: .seconds(20)) {
                try await stage.inspector.counts(queue: "mail")[.successful] == 2
            }
            let jobs = try await stage.inspector.jobs(.successful, queue: "mail")
            let (late, soon) = (try #require(jobs.first), try #require(jobs.last))
            #expect(try #require(late.dueAt) - soon.enqueuedAt >= 2000)
            #expect(try #require(late.startedAt) >= (try #require(late.dueAt)))
            try await eventually("it has printed both") { program.output.count(where: \.isNewline) == 2 }
            #expect(
                program.output == """
                    \(soon.id), attempt 1: welcome, ada@example.com!
                    \(late.id), attempt 1: welcome, grace@example.com!

                    """
            )
            program.signal(SIGKILL)
        }
    }

    @Test func `the configuration in the README is one, and so is the sample`() throws {
        let printed = try CommandFile.parse(try #require(blocks("yaml").first), file: "README.md", folder: "/srv")
        #expect(printed.jobs.map(\.type) == ["user.import"])
        #expect(printed.jobs.first?.command.directory == "/srv/./work")
        _ = try CommandFile.load(path: root.appending(path: "ops/martlet.yaml").path)
    }

    @Test func `the schedules in the README are declared as they stand there`() throws {
        let yaml = try #require(blocks("yaml").dropFirst().first)
        let printed = try CommandFile.parse(yaml, file: "README.md", folder: "/srv")
        let schedule = try #require(printed.schedules.first)
        #expect(schedule.cron.words(in: schedule.zone) == "at 03:00, Monday to Friday, Europe/Berlin")
        #expect((schedule.type, schedule.payload) == ("report.daily", #"{"pages":7}"#))
        #expect(try #require(blocks("swift").dropFirst().first).contains("schedules: schedules"))
        var schedules = Schedules()
        try schedules.add("welcome-back", cron: "H 3 * * MON-FRI", zone: "Europe/Berlin", job: WelcomeEmail(to: "a"))
        #expect(schedules.all.first?.payload == #"{"to":"a"}"#)
    }

    @Test func `every line for redis-cli works, and the job that one enqueues is run`() async throws {
        try await withStage { stage in
            let lines = try #require(blocks("sh").first).split(separator: "\n").map(String.init)
            #expect(lines.count > 10)
            try stage.write(
                "#!/bin/sh\nexec \(try redisCLI()) -s '\(stage.server.socketPath)' \"$@\"\n",
                to: "redis-cli"
            )
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o700],
                ofItemAtPath: "\(stage.folder)/redis-cli"
            )
            let path = "\(stage.folder):\(products.path)"
            func run(_ line: String) async throws -> MartletProcess.Ended {
                let inherited = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
                return try await stage.start(
                    "-c",
                    line,
                    executable: "/bin/sh",
                    environment: ["PATH": "\(path):\(inherited)"]
                ).ended()
            }
            let enqueued = try await run(lines[0])
            #expect((enqueued.status, enqueued.output) == (0, "ok\nwaiting\n"), "\(enqueued.errors)")
            let sample = try stage.start("work", "--config", root.appending(path: "ops/martlet.yaml").path)
            try await sample.said(" working")
            let job = try await stage.wait(for: JobID("default/my-job-1"), .warning)
            #expect(job.warning == "the disk is 91 % full")
            for line in lines {
                let ended = try await run(line)
                #expect(ended.status == 0, "\(line): \(ended.errors)")
                // redis-cli says most errors on standard output, and exits with 0.
                for word in ["ERR", "WRONGTYPE", "NOSCRIPT"] {
                    #expect(!ended.output.contains("\(word) "), "\(line): \(ended.output)")
                }
            }
            let hash = try await run(lines[2])
            #expect(hash.output.contains("disk.check"))
            let finished = try await run(try #require(lines.first { $0.contains(":warning'") }))
            #expect(finished.output.contains("my-job-1"))
        }
    }

    private func redisCLI() throws -> String {
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let paths = folders.split(separator: ":").map { "\($0)/redis-cli" }
        return try #require(paths.first { FileManager.default.isExecutableFile(atPath: $0) })
    }
}

/// As in the README's program.
private struct WelcomeEmail: Job {
    static let jobType = "email.welcome"
    let to: String
}

private let products = URL(filePath: MartletProcess.martlet).deletingLastPathComponent()
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// The fenced blocks of a language in the README.
private func blocks(_ language: String) throws -> [String] {
    let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    return text.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
        $0.components(separatedBy: "```").first
    }
}
