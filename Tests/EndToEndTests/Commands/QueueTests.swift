import Foundation
import Martlet
import MartletTesting
import Testing
import ProcessSupervision

/// `martlet queue`, and the list of what operators did.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct QueueTests {
    private let yaml = """
        jobs:
          quick: {command: ["true"], queue: mail}
        """

    @Test func `a queue is paused, shown as such, and goes on`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker(yaml)
            let pause = try await stage.martlet("queue", "pause", "mail", "--as", "ada@web1")
            #expect((pause.status, pause.output) == (0, "mail: paused; martlet queue resume mail has it go on\n"))
            let id = try await stage.enqueue("quick", "--queue", "mail")
            let again = try await stage.martlet("queue", "pause", "mail")
            #expect(again.status == 0)
            #expect(
                again.errors.contains("mail: was paused ") && again.errors.contains(" ago by ada@web1; nothing was")
            )

            let list = try await stage.martlet("queue", "list")
            let row = try #require(list.output.split(separator: "\n").first { $0.hasPrefix("mail ") })
            #expect(row.contains("by ada@web1") && row.contains(/mail +1 +0 +0 +0 +\d+ \w+ +1 +paused/), "\(row)")
            let show = try await stage.martlet("queue", "show", "mail")
            #expect(show.output.contains("state:        paused ") && show.output.contains("waiting:      1\n"))
            let json = try await stage.martlet("queue", "list", "--json")
            #expect(json.output.contains(#""paused_by":"ada@web1""#) && json.output.contains(#""waiting":1"#))
            #expect(try await stage.record(id).state == .waiting)

            let resume = try await stage.martlet("queue", "resume", "mail")
            #expect((resume.status, resume.output) == (0, "mail: open\n"))
            try await stage.wait(for: id, .successful)
            let none = try await stage.martlet("queue", "resume", "mail")
            #expect(none.status == 0 && none.errors == "mail: was not paused; nothing was changed\n")

            let audit = try await stage.martlet("audit")
            let entries = audit.output.split(separator: "\n").dropFirst()
            #expect(entries.count == 4)
            #expect(entries.last?.contains(/ada@web1 +queue pause +mail +1 of 1/) == true, "\(audit.output)")
            #expect(
                entries.first?.contains(/\w@.* +queue resume +mail +nothing was changed/) == true,
                "\(audit.output)"
            )
            let lines = try await stage.martlet("audit", "--json", "--limit", "1")
            #expect(
                lines.output.split(separator: "\n").count == 1 && lines.output.contains(#""action":"queue resume""#)
            )
            worker.signal(SIGTERM)
        }
    }

    @Test func `a queue that nobody knows is not paused`() async throws {
        try await withStage { stage in
            let nothing = try await stage.martlet("queue", "list")
            #expect((nothing.status, nothing.output) == (3, ""))
            _ = try await stage.enqueue("quick", "--queue", "mail")
            for verb in ["pause", "resume", "show"] {
                let ended = try await stage.martlet("queue", verb, "mial")
                #expect((ended.status, ended.output) == (3, ""))
                #expect(ended.errors == "there is no queue mial; there are mail\n")
            }
            let audit = try await stage.martlet("audit")
            #expect((audit.status, audit.output) == (3, ""))
            let show = try await stage.martlet("queue", "show", "mail")
            #expect(show.output.contains("No worker takes this queue: nothing of it will run.\n"))
        }
    }

    @Test func `what is read is told as redis-cli lines`() async throws {
        try await withStage { stage in
            _ = try await stage.enqueue("quick", "--queue", "mail")
            let show = try await stage.martlet("queue", "show", "mail", "--show-redis")
            #expect(show.output.contains("waiting:      1\n"))
            let lines = show.errors.split(separator: "\n")
            let program = "redis-cli -s \(stage.server.socketPath) --user martlet-viewer"
            #expect(lines.contains("\(program) ZCARD 'martlet:{mail}:waiting'"))
            #expect(lines.contains("\(program) HMGET 'martlet:{mail}:meta' paused_at paused_by"))
            #expect(lines.allSatisfy { $0.hasPrefix("\(program) ") })
        }
    }
}
