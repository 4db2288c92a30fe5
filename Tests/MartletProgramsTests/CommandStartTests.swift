import Foundation
import Glibc
import MartletPrograms
import Testing

/// How a command starts, and why it does not.
@Suite struct CommandStartTests {
    @Test func `a command has no terminal, and who asks there is told at once`() async throws {
        // The worker of this test may have one or not: what counts is the session of the command.
        let recorder = try await run([
            "sh", "-c", "ps -o sid= -p $$ | tr -d ' '; echo $$; read x < /dev/tty || echo none",
        ])
        #expect(recorder.output.count == 3)
        #expect(recorder.output.first == recorder.output.dropFirst().first)
        #expect(recorder.output.last == "none")
    }

    @Test func `a script that cannot run is told which interpreter is missing, and why`() async throws {
        for (text, reason) in [
            ("echo hello\n", "neither a program for this machine nor a script with a first line such as #!/bin/sh"),
            ("", "the file is empty"),
            (
                "#!/bin/sh\r\necho hello\r\n",
                #"`/bin/sh\u{d}`, named in its first line, does not exist: the script has "#
            ),
            ("#! /no/such/shell -e\necho hello\n", "`/no/such/shell`, named in its first line, does not exist"),
            ("#!/etc/passwd\necho hello\n", "`/etc/passwd`, named in its first line, is not executable"),
        ] {
            try await withScript(text) { folder in
                let error = await #expect(throws: CommandFailure.self) {
                    try await CommandRunner().run(Command(arguments: ["./it"], directory: folder)) { _, _ in }
                }
                #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
            }
        }
    }

    @Test func `a variable can be read from a file at each start`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        var command = Command(arguments: ["sh", "-c", "echo \"<$TOKEN>\""])
        command.secrets = ["TOKEN": file.path]
        for value in ["one", "two"] {
            try Data("\(value)\r\n\n".utf8).write(to: file)
            let recorder = Recorder()
            try await run(command, recorder)
            #expect(recorder.output == ["<\(value)>"])
        }
        try FileManager.default.removeItem(at: file)
        let missing = CommandFailure.secret("TOKEN", file: file.path, "cannot be read: No such file or directory")
        try await run(command, Recorder(), failure: missing)
        try Data([0x73, 0xFF]).write(to: file)
        try await run(command, Recorder(), failure: .secret("TOKEN", file: file.path, "is not UTF-8 text"))
    }

    @Test func `limits and umask hold for the command`() async throws {
        var command = Command(arguments: ["bash", "-c", "ulimit -v; ulimit -t; ulimit -n; ulimit -u; umask"])
        command.limits = CommandLimits(memory: 1 << 30, cpu: .seconds(60), files: 64, processes: 5000)
        command.mask = 0o027
        let recorder = Recorder()
        try await run(command, recorder)
        #expect(recorder.output == ["\(1 << 20)", "60", "64", "5000", "0027"])
        let own = try await run(["bash", "-c", "ulimit -n"]).output
        #expect(own != ["64"])
    }

    @Test(.enabled(if: getuid() == 0, "only root can run commands as somebody else"))
    func `a command runs as another user, with its groups and its home, and dies with the worker still`() async throws {
        var command = Command(arguments: ["sh", "-c", "id -un; id -G; echo $HOME $USER; touch /root/x || echo refused"])
        command.user = "nobody"
        let recorder = Recorder()
        try await run(command, recorder, input: "")
        let groups = try await run(["id", "-G", "nobody"]).output
        let home = try await run(["sh", "-c", "getent passwd nobody | cut -d: -f6"]).output.first ?? ""
        #expect(recorder.output == ["nobody"] + groups + ["\(home) nobody", "refused"])
        // The worker is who it was.
        #expect(getuid() == 0)
        #expect(try await run(["id", "-un"]).output == ["root"])
    }

    @Test func `a user that is not there is named`() async throws {
        var command = Command(arguments: ["true"])
        command.user = "no-such-user"
        try await run(command, Recorder(), failure: .user("no-such-user", 0))
        #expect(CommandFailure.user("x", 0).description == "cannot run as user x: there is no such user")
    }

    private func withScript(_ text: String, body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "it")
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        try await body(folder.path)
    }
}
