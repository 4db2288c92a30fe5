internal import Foundation

/// Runs commands, each to its end.
///
/// 1. The command starts in a process group of its own, on a thread that never ends, known to the guard process.
/// 2. Its input is a file in memory; its two streams are read at once and delivered line by line.
/// 3. When it ends, the rest of its group is killed, what the pipes still hold is delivered, and `run` returns.
/// 4. When the Swift task is cancelled, the group gets SIGTERM, after the grace SIGKILL, and then 3.
/// 5. When this process dies, by SIGKILL too, the kernel kills the command and the guard its group.
package struct CommandRunner: Sendable {
    /// How long a cancelled command has between SIGTERM and SIGKILL.
    package var grace: Duration

    private let launcher: Launcher
    /// The worker's own environment, as it was when the runner was made, but for the way to Redis.
    private let environment: [String: String]

    /// - Throws: `CommandFailure.system` when the system has no thread or descriptors left.
    package init(grace: Duration = .seconds(5)) throws(CommandFailure) {
        self.grace = grace
        launcher = try Launcher.shared.get()
        environment = ProcessInfo.processInfo.environment.filter { $0.key != "MARTLET_REDIS_URL" }
    }

    /// Runs a command to its end. Returns for exit code 0, throws for anything else; either way no process of its group
    /// is left and every line was delivered.
    ///
    /// `input` is standard input. `environment` goes over the command's own, and that over the worker's, of which
    /// `MARTLET_REDIS_URL` is not passed on: it may have a password in it. `onLine` gets the lines of both streams as
    /// they come, each stream in its order; while it is suspended its stream is not read. A line beyond 7.75 KiB is cut
    /// and says so.
    package func run(
        _ command: Command,
        input: [UInt8] = [],
        environment: [String: String] = [:],
        onLine: @escaping @Sendable (CommandStream, String) async -> Void
    ) async throws(CommandFailure) {
        if Task.isCancelled { throw .cancelled }
        let variables = self.environment
            .merging(command.environment) { $1 }
            .merging(environment) { $1 }
        let child = try await launcher.launch(command, input: input, environment: variables)
        let ending = await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await LineReader(descriptor: child.output).deliver { await onLine(.output, $0) } }
                group.addTask { await LineReader(descriptor: child.errors).deliver { await onLine(.error, $0) } }
                let ending = await child.ending()
                child.output.interrupt()
                child.errors.interrupt()
                return ending
            }
        } onCancel: {
            child.stop(grace: grace)
        }
        if child.isStopped { throw .cancelled }
        switch ending {
        case .exit(code: 0): return
        case .exit(let code): throw .exitCode(code)
        case .signal(let signal): throw .signal(signal)
        }
    }
}
