import Foundation
import Martlet
import MartletTesting
import Testing

/// What goes between a command and Redis: its lines, and its environment.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct CommandOutputTests {
    private static let yaml = #"""
        jobs:
          long:
            command: [sh, -c, 'head -c 100M /dev/zero | tr "\0" x; echo; head -c 100M /dev/zero | tr "\0" x >&2']
            max_retries: 0
          junk:
            command: [sh, -c, 'head -c 20000 /dev/zero | tr "\0" "\377"']
            max_retries: 0
          env:
            command: [sh, -c, 'echo "${MARTLET_REDIS_URL-unset} $STAGE_MARK"']
          own:
            command: [sh, -c, 'echo "$MARTLET_REDIS_URL"']
            environment: {MARTLET_REDIS_URL: "redis://elsewhere"}
        """#

    @Test func `a line that is too long is cut once, and says by how much, on both streams`() async throws {
        try await withStage { stage in
            _ = try await stage.worker(Self.yaml)
            let id = try await stage.enqueue("long")
            try await stage.wait(for: id, .successful)
            let line = String(repeating: "x", count: 7936) + "… (\(100 << 20 - 7936) bytes cut)"
            let entries = try await stage.inspector.log(id).entries
            #expect(entries.count == 2)
            for fields in [[:], ["stream": "stderr"]] {
                let entry = try #require(entries.first { $0.fields == fields })
                #expect(entry.message == line, "\(entry.message.suffix(40))")
            }

            let junk = try await stage.enqueue("junk")
            try await stage.wait(for: junk, .successful)
            let kept = String(repeating: "\u{fffd}", count: 7936 / 3)
            #expect(
                try await stage.inspector.log(junk).entries.map(\.message)
                    == ["\(kept)… (\(20_000 - 7936 / 3) bytes cut)"]
            )
        }
    }

    @Test func `a command does not learn the worker's way to Redis, unless the file says so`() async throws {
        try await withStage { stage in
            let file = try stage.write(Self.yaml, to: "martlet.yaml")
            let worker = try stage.start("work", "--config", file, environment: ["STAGE_MARK": "inherited"])
            try await worker.said(" working")
            for (type, said) in [("env", "unset inherited"), ("own", "redis://elsewhere")] {
                let id = try await stage.enqueue(type)
                try await stage.wait(for: id, .successful)
                #expect(try await stage.inspector.log(id).entries.map(\.message) == [said])
            }
        }
    }

    @Test(arguments: [[], ["--processes", "1"]])
    func `variables of the worker are handed on byte for byte`(options: [String]) async throws {
        try await withStage { stage in
            let yaml = #"jobs: {env: {command: [sh, -c, 'printf "$LATIN" | od -An -tx1 | tr -d " "']}}"#
            let file = try stage.write(yaml, to: "martlet.yaml")
            let command = ["exec", MartletProcess.martlet, "work", "-c", file] + options
            _ = try stage.start(
                "-c",
                #"export LATIN="$(printf 'caf\351')"; "# + command.joined(separator: " "),
                executable: "/bin/sh",
                environment: ["MARTLET_REDIS_URL": stage.url(for: ["work"])]
            )
            let id = try await stage.enqueue("env")
            try await stage.wait(for: id, .successful)
            #expect(try await stage.inspector.log(id).entries.map(\.message) == ["636166e9"])
        }
    }

    @Test func `a progress bar is seen while it moves, and the error behind it is the job's error`() async throws {
        try await withStage { stage in
            _ = try await stage.worker(
                #"""
                jobs:
                  bar:
                    command:
                    - sh
                    - -c
                    - |
                      seq -f '%5.0f/3000 downloading' 2999 | tr '\n' '\r' >&2
                      printf ' 3000/3000 almost' >&2
                      printf '\r' >&2
                      until [ -e "$STAGE/go" ]; do sleep 0.05; done
                      printf '\rERROR: disk full\n' >&2
                      exit 2
                    max_retries: 0
                """#
            )
            let id = try await stage.enqueue("bar")
            try await eventually("the last state is in the log") {
                try await stage.inspector.log(id).entries.last?.message == " 3000/3000 almost"
            }
            #expect(try await stage.record(id).state == .running)
            try stage.write("", to: "go")
            let job = try await stage.wait(for: id, .error)
            #expect(job.error == "exit code 2: ERROR: disk full")
            #expect(try await stage.inspector.log(id).entries.count < 100)
        }
    }

    @Test func `what a script writes through a logger of its own is in the log, and what had to be killed is told`()
        async throws
    {
        try await withStage { stage in
            _ = try await stage.worker(
                """
                jobs:
                  logger: {command: [bash, -c, 'exec > >(sleep 0.3; cat); echo result 42']}
                  stays: {command: [sh, -c, 'sleep 1000 & echo done'], time_limit: 1m}
                """
            )
            let logger = try await stage.enqueue("logger")
            try await stage.wait(for: logger, .successful)
            #expect(try await stage.inspector.log(logger).entries.map(\.message) == ["result 42"])
            let stays = try await stage.enqueue("stays")
            try await stage.wait(for: stays, .successful)
            let lines = try await stage.inspector.log(stays).entries.map(\.message)
            #expect(lines.count == 2 && lines.first == "done")
            #expect(lines.last?.hasPrefix("the command had ended, and sleep (") == true, "\(lines)")
        }
    }
}
