import Foundation
import Glibc
import MartletTesting
import Testing

@testable import MartletPrograms

/// What a command leaves running.
@Suite struct LeftoverTests {
    @Test func `what a background process writes after its shell is in the log`() async throws {
        let recorder = try await run(["sh", "-c", "{ sleep 0.3; echo from background; } & exit 0"])
        #expect(recorder.output == ["from background"])
        #expect(recorder.notes == [])
        let failed = try await run(["sh", "-c", "{ sleep 0.3; echo late >&2; } & exit 3"], failure: .exitCode(3))
        #expect(failed.errors == ["late"])
    }

    @Test func `a logger that the script writes through gets to write all`() async throws {
        let direct = try await run(["bash", "-c", "exec > >(sleep 0.3; cat); echo result 42"])
        #expect(direct.output == ["result 42"])

        // A file of the user's own, by a process that holds none of our pipes.
        let script = "exec > >(sleep 0.3; cat > own.log 2>/dev/null) 2>&1; seq 3000; echo last words"
        try await withFolder { folder in
            _ = try await run(["bash", "-c", script], directory: folder)
            let text = try String(contentsOfFile: "\(folder)/own.log", encoding: .utf8)
            #expect(text.split(separator: "\n").count == 3001)
            #expect(text.hasSuffix("last words\n"))
        }
    }

    @Test func `what does not end by itself is told to end, then killed, and a line says so`() async throws {
        try await withFolder { folder in
            let stubborn = "sh -c 'trap \"\" TERM HUP; echo $$; touch up; while :; do sleep 0.05; done'"
            let recorder = try await run(
                ["sh", "-c", "\(stubborn) & sleep 1000 & echo $!; \(Self.untilUp)"],
                directory: folder,
                leftoverGrace: .milliseconds(300)
            )
            for process in recorder.output.compactMap({ Int32($0) }) {
                try await eventually("\(process) is dead") { !Processes.isAlive(process) }
            }
            #expect(recorder.output.count == 2)
            #expect(recorder.notes.count == 1)
            let note = try #require(recorder.notes.first)
            #expect(note.contains("sleep (") && note.contains("sh ("), "\(note)")
        }
    }

    @Test func `what obeys SIGTERM may say its last words`() async throws {
        try await withFolder { folder in
            let obedient = "(trap 'echo bye; exit' TERM; echo up; touch up; while :; do sleep 0.05; done)"
            let recorder = try await run(
                ["sh", "-c", "\(obedient) & \(Self.untilUp)"],
                directory: folder,
                leftoverGrace: .seconds(2)
            )
            #expect(recorder.output == ["up", "bye"])
            #expect(recorder.notes.count == 1)
        }
    }

    @Test func `it has to be gone before the time limit of the command`() {
        func grace(_ limit: Duration?, after spent: Duration) -> Duration {
            CommandRunner.grace(.seconds(5), timeLimit: limit, spent: spent)
        }
        #expect(grace(nil, after: .seconds(60)) == .seconds(5))
        #expect(grace(.seconds(600), after: .seconds(60)) == .seconds(5))
        #expect(grace(.seconds(10), after: .seconds(6)) == .seconds(2))
        #expect(grace(.seconds(10), after: .seconds(11)) == .seconds(5))
    }

    @Test func `a daemon that left the group and holds the pipes does not hold the runner`() async throws {
        let started = ContinuousClock.now
        let recorder = try await run(["sh", "-c", "setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.3; echo done"])
        #expect(ContinuousClock.now - started < .seconds(120))
        #expect(recorder.output.last == "done")
        let daemon = try #require(recorder.output.first.flatMap { Int32($0) })
        kill(daemon, SIGKILL)
    }

    /// Waits in a shell for what it has started.
    private static let untilUp = "until [ -e up ]; do sleep 0.05; done"

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path)
    }
}
