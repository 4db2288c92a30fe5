import Foundation
import Martlet
import MartletTesting
import ProcessSupervision
import Testing

/// SIGHUP: a configuration that is read anew, or a terminal that closes.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct HangupTests {
    private static func yaml(_ answer: String, more: String = "") -> String {
        """
        concurrency: 4
        jobs:
          say: {command: [sh, -c, 'echo \(answer) $GREETING'], environment: {GREETING: \(answer)-there}}
          hold: {command: [sh, -c, 'until [ -e "$STAGE/go" ]; do sleep 0.05; done'], time_limit: 10m}
        \(more)
        """
    }

    @Test func `SIGHUP has a worker read its file anew, and jobs that run go on`() async throws {
        try await withStage { stage in
            let file = try stage.write(Self.yaml("old"), to: "martlet.yaml")
            let worker = try stage.start("work", "--config", file, "--grace", "10m")
            try await worker.said(" working")
            let held = try await stage.enqueue("hold")
            try await stage.wait(for: held, .running)

            let more = "  new: {command: [echo, hello]}\nschedules:\n  nightly: {cron: '@daily', job: new}"
            try stage.write(Self.yaml("new", more: more), to: "martlet.yaml")
            worker.signal(SIGHUP)
            try await worker.said("configuration read anew")
            for (type, said) in [("say", "new new-there"), ("new", "hello")] {
                try await eventually("\(type) is as the new file says") {
                    let id = try await stage.enqueue(type)
                    try await stage.wait(for: id, .successful)
                    return try await stage.inspector.log(id).entries.map(\.message) == [said]
                }
            }
            try await eventually("the schedule is declared") {
                try await stage.inspector.schedules().map(\.name) == ["nightly"]
            }
            #expect(try await stage.record(held).state == .running)
            try stage.write("", to: "go")
            #expect(try await stage.wait(for: held, .successful).attempt == 1)
            worker.signal(SIGTERM)
            #expect(try await worker.ended().status == 0)
        }
    }

    @Test func `SIGHUP has a worker move finished jobs into the archive that the new file names`() async throws {
        try await withStage { stage in
            func archiving(to name: String) -> String {
                Self.yaml(name) + "archive: {path: '\(stage.folder)/\(name).db', after: 0s}\n"
            }
            let file = try stage.write(archiving(to: "first"), to: "martlet.yaml")
            let worker = try stage.start("work", "--config", file)
            try await worker.said(" working")
            func archived(_ name: String) async throws {
                _ = try await stage.enqueue("say")
                let search = ["history", "search", name, "--archive", "\(stage.folder)/\(name).db"]
                try await eventually("a job is in the archive \(name)") { try await stage.martlet(search).status == 0 }
            }
            try await archived("first")
            try stage.write(archiving(to: "second"), to: "martlet.yaml")
            worker.signal(SIGHUP)
            try await worker.said("configuration read anew")
            try await archived("second")
            // A path in a folder that is not there is a mistake in the file.
            try stage.write(archiving(to: "nowhere/third"), to: "martlet.yaml")
            worker.signal(SIGHUP)
            try await worker.said("the old one holds")
            worker.signal(SIGTERM)
            #expect(try await worker.ended().status == 0)
        }
    }

    @Test func `a supervisor takes back what its processes ran from queues that came with the new file`() async throws {
        try await withStage { stage in
            func serving(_ queue: String) -> String {
                "queues: [\(queue)]\njobs:\n  die: {command: [sh, -c, 'kill -9 $PPID'], queue: \(queue)}\n"
            }
            let file = try stage.write(serving("default"), to: "martlet.yaml")
            let options = ["--processes", "1", "--crash-limit", "1"]
            let parent = try stage.start(["work", "--config", file] + options)
            try await eventually("it works") { try await stage.inspector.workers().count == 1 }
            try stage.write(serving("late"), to: "martlet.yaml")
            parent.signal(SIGHUP)
            try await eventually("it works for the new queue") {
                try await stage.inspector.workers().contains { $0.queues == ["late"] }
            }
            let id = try await stage.enqueue("die", "--config", file)
            let job = try await stage.wait(for: id, .error)
            #expect(job.error?.hasPrefix("killed its worker 1 times: SIGKILL") == true, "\(job.error ?? "")")
        }
    }

    @Test func `a file with a mistake changes nothing, and the log says what is wrong`() async throws {
        try await withStage { stage in
            let file = try stage.write(Self.yaml("old"), to: "martlet.yaml")
            let worker = try stage.start("work", "--config", file)
            try await worker.said(" working")
            try stage.write(Self.yaml("new", more: "  bad: {comand: [x]}"), to: "martlet.yaml")
            worker.signal(SIGHUP)
            try await worker.said("the old one holds")
            #expect(worker.errors.contains("jobs.bad.comand: is not a known field"))
            // Not by `job enqueue`, which would refuse the file.
            let job = try NewJob(type: "say", json: "{}")
            _ = try await stage.jobs.enqueue([job])
            let id = job.id
            try await stage.wait(for: id, .successful)
            #expect(try await stage.inspector.log(id).entries.map(\.message) == ["old old-there"])
            #expect(worker.isRunning)
        }
    }

    @Test func `a supervisor passes it on, and its processes are replaced without a crash`() async throws {
        try await withStage { stage in
            let file = try stage.write(Self.yaml("old"), to: "martlet.yaml")
            let parent = try stage.start("work", "--config", file, "--processes", "2", "--grace", "200ms")
            try await eventually("both work") { try await stage.inspector.workers().count == 2 }
            let before = Set(try await stage.inspector.workers().map(\.id))
            let held = try await stage.enqueue("hold")
            try await stage.wait(for: held, .running)
            try stage.write(Self.yaml("new"), to: "martlet.yaml")
            parent.signal(SIGHUP)
            try await eventually("two others work") {
                let now = Set(try await stage.inspector.workers().map(\.id))
                return now.count == 2 && now.isDisjoint(with: before)
            }
            let id = try await stage.enqueue("say")
            try await stage.wait(for: id, .successful)
            #expect(try await stage.inspector.log(id).entries.map(\.message) == ["new new-there"])
            try stage.write("", to: "go")
            let job = try await stage.wait(for: held, .successful)
            #expect((job.attempt, job.crashes) == (1, 0))
            parent.signal(SIGTERM)
            #expect(try await parent.ended().status == 0)
        }
    }

    @Test(arguments: [[], ["--processes", "2"]])
    func `a worker whose terminal closes stops, and its job is given back`(options: [String]) async throws {
        try await withStage { stage in
            let file = try stage.write(Self.yaml("old"), to: "martlet.yaml")
            let command = (["exec", MartletProcess.martlet, "work", "-c", file, "--grace", "100ms"] + options)
                .joined(separator: " ")
            let terminal = try inTerminal(command, stage)
            let id = try await stage.enqueue("hold")
            try await stage.wait(for: id, .running)
            terminal.signal(SIGKILL)
            let job = try await stage.wait(for: id, .waiting)
            #expect((job.attempt, job.crashes) == (0, 0))
            try await eventually("no worker is left") { try await stage.inspector.workers().isEmpty }
        }
    }

    /// A shell that ends with its terminal sends one SIGHUP, and the kernel sends another.
    @Test(arguments: [[], ["--processes", "1"]])
    func `a second SIGHUP cuts no grace short`(options: [String]) async throws {
        try await withStage { stage in
            let file = try stage.write(Self.yaml("old"), to: "martlet.yaml")
            let (log, pid) = ("\(stage.folder)/log", "\(stage.folder)/pid")
            let work = ["exec", MartletProcess.martlet, "work", "-c", file, "--grace", "10m"] + options
            let terminal = try inTerminal("echo $$ > \(pid); \(work.joined(separator: " ")) 2> \(log)", stage)
            let id = try await stage.enqueue("hold")
            try await stage.wait(for: id, .running)
            terminal.signal(SIGKILL)
            try await eventually("it stops", within: .seconds(60)) {
                try String(contentsOfFile: log, encoding: .utf8).contains(options.isEmpty ? "told to stop" : "stopping")
            }
            let text = try String(contentsOfFile: pid, encoding: .utf8)
            let worker = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(kill(worker, SIGHUP) == 0)
            // This takes longer than a process that would end at the signal.
            _ = try await stage.martlet("worker", "list")
            try stage.write("", to: "go")
            let job = try await stage.wait(for: id, .successful)
            #expect((job.attempt, job.crashes) == (1, 0))
        }
    }

    /// The commands beside `work` that run until they are told to stop, and the file that each needs.
    private static let movers = [["archive", "history.db"], ["outbox", "relay", "spool.db"]]
    private static func command(_ mover: [String], in stage: Stage) -> [String] {
        mover.dropLast() + ["\(stage.folder)/\(mover.last ?? "")"]
    }

    @Test(arguments: movers)
    func `what reads no configuration goes on at SIGHUP, and SIGTERM stops it`(mover: [String]) async throws {
        try await withStage { stage in
            let process = try stage.start(Self.command(mover, in: stage))
            try await process.said(mover.count == 2 ? " archiving" : " relaying")
            process.signal(SIGHUP)
            try await process.said("there is no configuration to read anew")
            #expect(process.isRunning)
            process.signal(SIGTERM)
            let ended = try await process.ended()
            #expect(ended.status == 0)
            #expect(ended.errors.contains("told to stop"))
        }
    }

    @Test(arguments: movers)
    func `an archiver or a relay whose terminal closes stops as on SIGTERM`(mover: [String]) async throws {
        try await withStage { stage in
            let words = ["exec", MartletProcess.martlet] + Self.command(mover, in: stage)
            let log = "\(stage.folder)/log"
            let terminal = try stage.start(
                "-qec",
                words.joined(separator: " ") + " 2>\(log)",
                "/dev/null",
                executable: "/usr/bin/script",
                environment: ["MARTLET_REDIS_URL": stage.url(for: mover)]
            )
            func said(_ text: String) async throws {
                try await eventually("the log has \(text)", within: .seconds(60)) {
                    try FileManager.default.fileExists(atPath: log)
                        && String(contentsOfFile: log, encoding: .utf8).contains(text)
                }
            }
            try await said(mover.count == 2 ? " archiving" : " relaying")
            terminal.signal(SIGKILL)
            try await said("told to stop")
            #expect(try String(contentsOfFile: log, encoding: .utf8).contains("SIGHUP"))
        }
    }

    @Test(arguments: movers)
    func `an archiver or a relay ignores it under nohup`(mover: [String]) async throws {
        try await withStage { stage in
            let words = Self.command(mover, in: stage).joined(separator: " ")
            let process = try stage.start(
                "-c",
                "trap '' HUP; exec \(MartletProcess.martlet) \(words)",
                executable: "/bin/sh",
                environment: ["MARTLET_REDIS_URL": stage.url(for: mover)]
            )
            try await process.said(mover.count == 2 ? " archiving" : " relaying")
            process.signal(SIGHUP)
            process.signal(SIGTERM)
            let ended = try await process.ended()
            #expect(ended.status == 0)
            #expect(!ended.errors.contains("SIGHUP"))
        }
    }

    @Test func `under nohup it is ignored`() async throws {
        try await withStage { stage in
            let file = try stage.write(Self.yaml("old"), to: "martlet.yaml")
            let worker = try stage.start(
                "-c",
                "trap '' HUP; exec \(MartletProcess.martlet) work -c \(file)",
                executable: "/bin/sh",
                environment: ["MARTLET_REDIS_URL": stage.url(for: ["work"])]
            )
            try await worker.said(" working")
            worker.signal(SIGHUP)
            let id = try await stage.enqueue("say")
            try await stage.wait(for: id, .successful)
            #expect(worker.isRunning)
            #expect(!worker.errors.contains("anew"))
        }
    }

    /// Runs a shell's command in a terminal: the program `script`, with which it closes when that is killed.
    private func inTerminal(_ command: String, _ stage: Stage) throws -> MartletProcess {
        try stage.start(
            "-qec",
            command,
            "/dev/null",
            executable: "/usr/bin/script",
            environment: ["MARTLET_REDIS_URL": stage.url(for: ["work"])]
        )
    }
}
