import Foundation
import Martlet
import MartletTesting
import Testing

/// What goes between a command and Redis: its lines, and its environment.
@Suite(.serialized, .timeLimit(.minutes(1)))
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
            try await stage.wait(for: id, .successful, within: .seconds(30))
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
}
