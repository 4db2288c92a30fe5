internal import Foundation
internal import Synchronization

/// A server as the child of a small shell, which ends the server when this process is gone, even by SIGKILL.
///
/// The shell waits on a pipe that only this process holds open. A line through it means that the server is about to
/// end, and says what becomes of the folder. When the pipe closes without a line, this process is dead: the shell then
/// kills the server and removes the folder. The shell ignores SIGHUP, which the kernel sends it when this process dies
/// while the server is stopped. Nothing is left to be reaped: the shell reaps the server, and ``SpawnedProcess`` reaps
/// the shell.
final class ServerProcess: Sendable {
    private struct State {
        var lifeline: FileHandle?
        var output = ""
        var hasExited = false
        var isReleased = false
    }

    private static let script = """
        trap '' HUP
        folder=$1; shift
        "$@" </dev/null &
        exec >&- 2>&-
        read -r line || kill -KILL $!
        wait $!
        [ "$line" = keep ] || rm -rf -- "$folder"
        """

    private let process: SpawnedProcess
    private let state: Mutex<State>

    init(_ binary: String, _ arguments: [String], removing folder: String) throws {
        let lifeline = Pipe()
        let output = Pipe()
        for pipe in [lifeline, output] {
            for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
                _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
            }
        }
        state = Mutex(State(lifeline: lifeline.fileHandleForWriting))
        process = try SpawnedProcess(
            "/bin/sh",
            ["-c", Self.script, "sh", folder, binary] + arguments,
            input: lifeline.fileHandleForReading.fileDescriptor,
            output: output.fileHandleForWriting.fileDescriptor,
            errors: output.fileHandleForWriting.fileDescriptor
        )
        // The server is the only writer from here on; without this its output would have no end.
        try output.fileHandleForWriting.close()
        try lifeline.fileHandleForReading.close()
        read(output.fileHandleForReading)
    }

    /// Reads to the end on a thread of its own, because a readability handler crashes the process now and then when it
    /// goes (github.com/swiftlang/swift-corelibs-libdispatch/issues/949).
    private func read(_ handle: FileHandle) {
        Thread.detachNewThread { [weak self] in
            while true {
                let data = handle.availableData
                self?.printed(String(decoding: data, as: UTF8.self))
                if data.isEmpty { return }
            }
        }
    }

    /// The text that the server printed before its log file was open, which says why it refused to start.
    var output: String {
        state.withLock { $0.output }
    }

    /// True when the server, the last holder of its output, is gone.
    var hasExited: Bool {
        state.withLock { $0.hasExited }
    }

    /// Sends the server a signal, then lets the shell wait for its end and keep or remove the folder.
    func signal(_ signal: Int32, pid: Int32, keepingFolder: Bool) {
        let isRunning = state.withLock { !$0.isReleased && !$0.hasExited }
        // The shell does not collect the server before the release below, so the pid is still the server's.
        if isRunning { _ = Foundation.kill(pid, signal) }
        release(with: keepingFolder ? "keep\n" : "remove\n")
    }

    /// Lets the shell kill the server.
    func abandon() {
        release(with: nil)
    }

    /// Waits for server and shell, and kills the server if that takes too long.
    func waitUntilExit(killing pid: Int32?, after limit: Duration) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                guard (try? await Task.sleep(for: limit)) != nil, let pid else { return }
                _ = Foundation.kill(pid, SIGKILL)
            }
            await process.end()
            group.cancelAll()
        }
    }

    private func release(with line: String?) {
        let pipe = state.withLock { state in
            defer { (state.isReleased, state.lifeline) = (true, nil) }
            return process.ending == nil ? state.lifeline : nil
        }
        guard let pipe else { return }
        if let line { try? pipe.write(contentsOf: Data(line.utf8)) }  // fails only if the shell is gone already
        try? pipe.close()
    }

    private func printed(_ text: String) {
        state.withLock { state in
            state.output += text
            state.hasExited = state.hasExited || text.isEmpty
        }
    }
}
