import Foundation
import Glibc
import MartletPrograms
import MartletTesting
import Testing

@Suite("What a command leaves running")
struct LeftoverTests {
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

        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // A file of the user's own, by a process that holds none of our pipes.
        let script = "exec > >(sleep 0.3; cat > own.log 2>/dev/null) 2>&1; seq 3000; echo last words"
        _ = try await run(["bash", "-c", script], directory: folder.path)
        let text = try String(contentsOf: folder.appending(path: "own.log"), encoding: .utf8)
        #expect(text.split(separator: "\n").count == 3001)
        #expect(text.hasSuffix("last words\n"))
    }

    @Test func `what does not end by itself is told to end, then killed, and a line says so`() async throws {
        let stubborn = "sh -c 'trap \"\" TERM HUP; echo $$; while :; do sleep 0.05; done'"
        let recorder = try await run(
            ["sh", "-c", "\(stubborn) & sleep 1000 & echo $!; sleep 0.2"],
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

    @Test func `what obeys SIGTERM may say its last words`() async throws {
        let script = "(trap 'echo bye; exit' TERM; echo up; while :; do sleep 0.05; done) & sleep 0.2"
        let recorder = try await run(["sh", "-c", script], leftoverGrace: .milliseconds(300))
        #expect(recorder.output == ["up", "bye"])
        #expect(recorder.notes.count == 1)
    }

    @Test func `it is gone before the time limit of the command`() async throws {
        let started = ContinuousClock.now
        let script = "trap '' TERM HUP; sleep 1000 & echo $!"
        let recorder = try await run(["sh", "-c", script], timeLimit: .seconds(4))
        #expect(ContinuousClock.now - started < .seconds(30))
        #expect(recorder.notes.count == 1)
        let sleeper = try #require(recorder.output.first.flatMap { Int32($0) })
        try await eventually("the sleeper is dead") { !Processes.isAlive(sleeper) }
    }

    @Test func `a daemon that left the group and holds the pipes does not hold the runner`() async throws {
        let started = ContinuousClock.now
        let recorder = try await run(["sh", "-c", "setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.3; echo done"])
        #expect(ContinuousClock.now - started < .seconds(30))
        #expect(recorder.output.last == "done")
        let daemon = try #require(recorder.output.first.flatMap { Int32($0) })
        kill(daemon, SIGKILL)
    }
}
