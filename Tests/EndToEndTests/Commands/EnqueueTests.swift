import Foundation
import Martlet
import MartletTesting
import Testing

/// `martlet job enqueue` beside a configuration of commands, and on servers that are not quite right.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct EnqueueTests {
    private static let yaml = """
        queues: {mail: 3, default: 1}
        jobs:
          send:
            command: ['true']
            queue: mail
          plain:
            command: ['true']
        """

    @Test func `a type goes to its queue in martlet.yaml, unless another is given`() async throws {
        try await withStage { stage in
            #expect(try await stage.enqueue("send", "--id", "a") == JobID("default/a"))
            try stage.write(Self.yaml, to: "martlet.yaml")
            #expect(try await stage.enqueue("send", "--id", "b") == JobID("mail/b"))
            #expect(try await stage.enqueue("plain", "--id", "c") == JobID("default/c"))
            #expect(try await stage.enqueue("send", "--id", "d", "--queue", "other") == JobID("other/d"))
            let other = try stage.write(Self.yaml.replacing("mail", with: "post"), to: "other.yaml")
            #expect(try await stage.enqueue("send", "--id", "e", "--config", other) == JobID("post/e"))

            let worker = try stage.start("work")
            try await worker.said(" working")
            try await stage.wait(for: JobID("mail/b"), .successful)
            try await stage.wait(for: JobID("default/c"), .successful)
        }
    }

    @Test func `a day begins at midnight where it is written`() async throws {
        try await withStage { stage in
            let arguments = ["job", "enqueue", "send", "--id", "new-year", "--at", "2100-01-01"]
            let ended = try await stage.martlet(arguments, environment: ["TZ": "Europe/Berlin"])
            #expect(ended.status == 0, "\(ended.errors)")
            #expect(try await stage.record(JobID("default/new-year")).dueAt == Date(milliseconds: 4_102_441_200_000))
        }
    }

    @Test func `a priority below zero is written like any other`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("send", "--priority", "-5")
            #expect(try await stage.record(id).priority == -5)
        }
    }

    @Test func `a type that the file does not know is noted, and enqueued all the same`() async throws {
        try await withStage { stage in
            try stage.write(Self.yaml, to: "martlet.yaml")
            let ended = try await stage.martlet("job", "enqueue", "sned", "--id", "a")
            #expect(ended.status == 0)
            #expect(ended.output == "default/a\n")
            #expect(ended.errors.contains("note: martlet.yaml has no job sned\n"))
        }
    }

    @Test func `a file that is named and not there, or has mistakes, is an error`() async throws {
        try await withStage { stage in
            let missing = try await stage.martlet("job", "enqueue", "send", "--config", "none.yaml")
            #expect(missing.status == 1)
            #expect(missing.errors.contains("none.yaml: cannot be read"))
            try stage.write("jobs: 1", to: "martlet.yaml")
            let wrong = try await stage.martlet("job", "enqueue", "send")
            #expect(wrong.status == 1)
            #expect(wrong.errors.contains("martlet.yaml:1: jobs: is the single value"))
            #expect(wrong.output.isEmpty)
            #expect(try await stage.enqueue("send", "--queue", "mail").queue == "mail")
        }
    }

    @Test func `a server that keeps nothing on disk is warned of, in one line`() async throws {
        try await withStage { stage in
            let ended = try await stage.martlet("job", "enqueue", "send")
            #expect(ended.status == 0)
            let lines = ended.errors.split(separator: "\n")
            #expect(lines.count == 1)
            #expect(lines.first?.hasPrefix("warning: appendonly is off: ") == true)
        }
        try await withStage(arguments: ["--appendonly", "yes"]) { stage in
            let ended = try await stage.martlet("job", "enqueue", "send")
            #expect(ended.errors.isEmpty)
        }
    }

    @Test func `a payload beyond 16 MiB is refused before it is read to its end`() async throws {
        try await withStage { stage in
            let input = "\"" + String(repeating: "x", count: 17 << 20)
            let ended = try await stage.martlet("job", "enqueue", "send", "-", input: input)
            #expect(ended.status == 1)
            #expect(ended.errors.contains("use at most 16777216 bytes"), "\(ended.errors)")
        }
    }
}
