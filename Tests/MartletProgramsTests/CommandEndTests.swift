import Foundation
import Glibc
import MartletPrograms
import MartletTesting
import Testing

/// One after the other: they look at descriptors and memory of the whole process.
@Suite(.serialized)
struct CommandEndTests {
    @Test func `a line of 200 MB is cut and takes no memory`() async throws {
        let before = Processes.residentMemory()
        let recorder = try await run(["head", "-c", "200M", "/dev/zero"])
        #expect(Processes.residentMemory() - before < 128 * 1024 * 1024)
        let line = String(repeating: "\0", count: 7936)
        #expect(recorder.output == ["\(line)… (\(200 * 1024 * 1024 - 7936) bytes cut)"])
    }

    @Test func `500 commands leave no descriptor and no zombie`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<500 {
                if index >= 8 { try await group.next() }
                group.addTask { _ = try await run(["true"]) }
            }
            try await group.waitForAll()
        }
        for _ in 0..<20 { _ = try await run(["nothing-here"], failure: .program("nothing-here", ENOENT)) }
        // Other tests of this process have pipes and processes too, but not as many: one leaked by each command shows.
        try await eventually("the descriptors are closed") { Processes.descriptorsOfCommands() < 400 }
        try await eventually("all are collected") { (try? Processes.children(named: "true")) == [] }
    }

    @Test func `cancellation kills a tree that ignores SIGTERM, after the grace`() async throws {
        let script = "trap '' TERM; sleep 1000 & echo $$; echo $!; sleep 1000"
        let (failure, recorder, time) = try await cancelOnceRunning(script, lines: 2, grace: .milliseconds(300))
        #expect(failure == .cancelled)
        #expect(time >= .milliseconds(300))
        #expect(time < .seconds(120))
        for process in recorder.output.compactMap({ Int32($0) }) {
            try await eventually("\(process) is dead") { !Processes.isAlive(process) }
        }
    }

    @Test func `a command that obeys SIGTERM may say its last words and is not killed`() async throws {
        let script = "trap 'echo bye; exit 0' TERM; echo $$; while :; do sleep 0.05; done"
        let (failure, recorder, time) = try await cancelOnceRunning(script, lines: 1, grace: .seconds(600))
        #expect(failure == .cancelled)
        #expect(recorder.output.last == "bye")
        #expect(time < .seconds(120))
    }

    @Test func `a guard that was killed is replaced at the next launch, while a command runs`() async throws {
        _ = try await run(["true"])
        let first = try #require(try Processes.children(named: "martlet-guard").first)
        let script = "echo $$; sleep 1000"
        let recorder = Recorder()
        try await withThrowingTaskGroup(of: CommandFailure?.self) { group in
            let runner = try CommandRunner()
            group.addTask { await outcome(of: runner, script, recorder) }
            try await eventually("the command runs") { !recorder.isEmpty }
            kill(first, SIGKILL)
            try await eventually("the guard is dead") { !Processes.isAlive(first) }
            #expect(try await run(["echo", "on"]).output == ["on"])
            // A new process has its parent's name at first.
            try await eventually("one other guard runs") {
                try Processes.children(named: "martlet-guard").count { $0 != first } == 1
            }
            group.cancelAll()
            #expect(try await group.next() == .cancelled)
        }
    }

    @Test func `a command with no grace of its own is killed at once when it is cancelled`() async throws {
        let script = "trap '' TERM; echo $$; while :; do sleep 0.05; done"
        let (failure, _, time) = try await cancelOnceRunning(script, lines: 1, grace: .seconds(600), killAfter: .zero)
        #expect(failure == .cancelled)
        #expect(time < .seconds(120))
    }

    @Test func `a cancelled task starts nothing`() async throws {
        let runner = try CommandRunner()
        let failure = await withTaskGroup(of: CommandFailure?.self) { group in
            group.cancelAll()
            group.addTask { await outcome(of: runner, "echo started", Recorder()) }
            return await group.next() ?? nil
        }
        #expect(failure == .cancelled)
    }

    /// Cancels the command when it has said that many lines.
    ///
    /// The time is from there to its end.
    private func cancelOnceRunning(
        _ script: String,
        lines: Int,
        grace: Duration,
        killAfter: Duration? = nil
    ) async throws -> (CommandFailure?, Recorder, Duration) {
        let recorder = Recorder()
        let runner = try CommandRunner(grace: grace)
        return try await withThrowingTaskGroup(of: CommandFailure?.self) { group in
            group.addTask { await outcome(of: runner, script, recorder, killAfter: killAfter) }
            try await eventually("the command runs") { recorder.output.count >= lines }
            let cancelled = ContinuousClock.now
            group.cancelAll()
            let failure = try await group.next() ?? nil
            return (failure, recorder, ContinuousClock.now - cancelled)
        }
    }
}

private func outcome(
    of runner: CommandRunner,
    _ script: String,
    _ recorder: Recorder,
    killAfter: Duration? = nil
) async -> CommandFailure? {
    var command = Command(arguments: ["sh", "-c", script])
    command.killAfter = killAfter
    do throws(CommandFailure) {
        try await runner.run(command) { recorder.record($0, $1) }
        return nil
    } catch {
        return error
    }
}
