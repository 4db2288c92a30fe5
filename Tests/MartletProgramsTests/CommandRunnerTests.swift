import Foundation
import Glibc
import MartletPrograms
import Synchronization
import Testing

/// Running a command.
@Suite struct CommandRunnerTests {
    @Test func `exit code 0 is success and lines come from both streams`() async throws {
        let recorder = try await run(["sh", "-c", "echo one; echo two >&2; printf three"])
        #expect(recorder.output == ["one", "three"])
        #expect(recorder.errors == ["two"])
    }

    @Test func `another exit code is a failure, after all lines were delivered`() async throws {
        let recorder = try await run(["sh", "-c", "echo said; exit 3"], failure: .exitCode(3))
        #expect(recorder.output == ["said"])
        #expect(CommandFailure.exitCode(3).description == "exit code 3")
    }

    @Test func `death by a signal names the signal`() async throws {
        _ = try await run(["sh", "-c", "kill -SEGV $$"], failure: .signal(SIGSEGV))
        #expect(CommandFailure.signal(SIGSEGV).description == "killed by SIGSEGV")
        #expect(CommandFailure.signal(SIGKILL).description == "killed by SIGKILL")
        #expect(CommandFailure.signal(40).description == "killed by signal 40")
    }

    @Test(
        arguments: [
            ("no-such-program", "No such file or directory"), ("/no/such/program", "No such file or directory"),
            ("/etc/passwd", "Permission denied"), ("/etc", "Permission denied"), ("", "No such file or directory"),
        ]
    )
    func `a program that cannot be started is named`(name: String, reason: String) async throws {
        let error = await #expect(throws: CommandFailure.self) {
            try await CommandRunner().run(Command(arguments: [name])) { _, _ in }
        }
        #expect(error?.description == "cannot start `\(name)`: \(reason)")
    }

    @Test func `a directory that cannot be entered is named`() async throws {
        let failure = CommandFailure.directory("/no/such", ENOENT)
        _ = try await run(["true"], directory: "/no/such", failure: failure)
        #expect(failure.description == "working directory /no/such: No such file or directory")
    }

    @Test func `a command runs in its directory, a program with a slash is looked for there`() async throws {
        #expect(try await run(["pwd"], directory: "/usr").output == ["/usr"])
        #expect(try await run(["bin/pwd"], directory: "/usr").output == ["/usr"])
    }

    @Test func `the environment is the worker's, then the command's, then the job's`() async throws {
        let recorder = Recorder()
        let command = Command(arguments: ["env"], environment: ["A": "command", "B": "command"])
        let variables = Command.environment(jobID: "mail/1", attempt: 2, payload: Array(#"{"n":1}"#.utf8))
        try await CommandRunner().run(command, environment: variables.merging(["A": "job"]) { $1 }) {
            recorder.record($0, $1)
        }
        let path = try #require(ProcessInfo.processInfo.environment["PATH"])
        let expected = [
            "A=job", "B=command", "MARTLET_ATTEMPT=2", "MARTLET_JOB_ID=mail/1", #"MARTLET_PAYLOAD={"n":1}"#,
            "PATH=\(path)",
        ]
        #expect(Set(expected).isSubset(of: recorder.output))
    }

    @Test func `a payload that is large or no text is not in the environment`() {
        let large = [UInt8](repeating: 0x20, count: 32 * 1024 + 1)
        for payload in [large, [0xFF], [0x41, 0]] {
            #expect(Command.environment(jobID: "a/1", attempt: 1, payload: payload)["MARTLET_PAYLOAD"] == nil)
        }
        #expect(Command.environment(jobID: "a/1", attempt: 1, payload: Array(large.dropLast())).count == 3)
    }

    @Test func `standard input is the payload, whole, and ends`() async throws {
        let line = String(repeating: "x", count: 1023)
        let input = String(repeating: line + "\n", count: 256)
        let recorder = try await run(["cat"], input: input)
        #expect(recorder.output == Array(repeating: line, count: 256))
        #expect(try await run(["wc", "-c"]).output == ["0"])
        _ = try await run(["true"], input: input)
    }

    @Test func `a command starts with default signals, none blocked, and three descriptors`() async throws {
        let status = try await run(["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]).output
        // The C library keeps 32 and 33 to itself, and lets nobody reset them.
        let signals = status.compactMap { UInt64($0.suffix(16), radix: 16) }.map { $0 & ~(3 << 31) }
        #expect(signals == [0, 0])
        // 3 is the folder that ls reads.
        #expect(try await run(["ls", "/proc/self/fd"]).output == ["0", "1", "2", "3"])
    }

    @Test func `20 MB on both streams at once do not block each other`() async throws {
        let script = "yes out | head -c 20000000 & yes err | head -c 20000000 >&2; wait"
        let counts = Mutex((output: 0, errors: 0))
        try await CommandRunner().run(Command(arguments: ["sh", "-c", script])) { stream, line in
            counts.withLock { counts in
                if stream == .output, line == "out" { counts.output += 1 }
                if stream == .error, line == "err" { counts.errors += 1 }
            }
        }
        #expect(counts.withLock { $0 == (5_000_000, 5_000_000) })
    }

    @Test func `a command whose lines are not taken is slowed down, not buffered`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let command = Command(arguments: ["sh", "-c", "yes | head -c 1000000; touch done"], directory: folder.path)
        let recorder = Recorder()
        try await CommandRunner().run(command) { stream, line in
            // The pipe holds 64 KiB and the reader 32 KiB: at the first line the command cannot be through.
            if recorder.isEmpty {
                try? await Task.sleep(for: .milliseconds(200))
                #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "done").path))
            }
            recorder.record(stream, line)
        }
        #expect(recorder.output.count == 500_000)
    }
}
