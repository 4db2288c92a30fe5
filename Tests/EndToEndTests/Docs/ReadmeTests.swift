import Foundation
import Martlet
import MartletPrograms
import MartletTesting
import RedisClient
import Testing

/// The programs and lines of the pages do what the pages say.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ReadmeTests {
    @Test func `the program in the README is the one that is compiled`() throws {
        let printed = try #require(Page.readme.blocks("swift").first { $0.text.contains("@main") }).text
        let compiled = try String(
            contentsOf: Page.root.appending(path: "Sources/MartletExample/Program.swift"),
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
            try await eventually("both jobs are done", within: .seconds(60)) {
                try await stage.inspector.counts(queue: "mail")[.successful] == 2
            }
            let jobs = try await stage.inspector.jobs(.successful, queue: "mail")
            let (late, soon) = (try #require(jobs.first), try #require(jobs.last))
            #expect(try #require(late.dueAt).duration(since: soon.enqueuedAt) >= .seconds(2))
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

    @Test func `the README's commands run a job as its program does`() async throws {
        try await withStage { stage in
            let yaml = try #require(Page.readme.blocks("yaml").first).text
            let lines = try #require(Page.readme.blocks("sh").first).text
            _ = try stage.write(yaml, to: "martlet.yaml")
            let cli = try RedisCLI(stage)
            let output = try await cli.run("cd \(stage.folder)\n\(lines)kill $!; wait")
            #expect(output.hasPrefix("mail/") && output.contains(#"welcome, {"to":"ada@example.com"}"#), "\(output)")
        }
    }

    @Test func `the file on the page of commands is one, and so is the sample`() throws {
        let printed = try CommandFile.parse(
            try #require(Page.named("commands").blocks("yaml").first).text,
            file: "commands.md",
            folder: "/srv"
        )
        #expect(printed.jobs.map(\.type) == ["user.import"])
        #expect(printed.jobs.first?.command.directory == "/srv/./work")
        _ = try CommandFile.load(path: Page.root.appending(path: "ops/martlet.yaml").path)
    }

    @Test func `the schedules on their page are declared as they stand there`() throws {
        let page = try Page.named("Scheduling")
        let yaml = try #require(page.blocks("yaml").first).text
        let printed = try CommandFile.parse(yaml, file: page.path, folder: "/srv")
        let schedule = try #require(printed.schedules.first)
        #expect(schedule.cron.words(in: schedule.zone) == "at 03:00, Monday to Friday, Europe/Berlin")
        #expect((schedule.type, schedule.payload) == ("report.daily", #"{"pages":7}"#))
    }

    @Test func `every line for redis-cli works, and the job that one enqueues is run`() async throws {
        try await withStage { stage in
            let lines = try #require(Page.named("Redis").blocks("sh").first).text
                .split(separator: "\n").map(String.init)
            #expect(lines.count == 5)
            let cli = try RedisCLI(stage)
            #expect(try await cli.run(lines[0]) == "ok\nwaiting\n")
            let sample = try stage.start("work", "--config", Page.root.appending(path: "ops/martlet.yaml").path)
            try await sample.said(" working")
            let job = try await stage.wait(for: JobID("default/my-job-1"), .warning)
            #expect(job.warning == "the disk is 91 % full")
            for line in lines { _ = try await cli.run(line) }
            #expect(try await cli.run(lines[2]).contains("disk.check"))
            let finished = try await cli.run(try #require(lines.first { $0.contains(":warning'") }))
            #expect(finished.contains("my-job-1"))
        }
    }
}

private let products = URL(filePath: MartletProcess.martlet).deletingLastPathComponent()
