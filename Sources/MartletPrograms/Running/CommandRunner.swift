internal import Foundation
internal import Martlet
internal import ProcessSupervision

/// A runner of commands, which runs each to its end.
///
/// 1. The command starts in a session and process group of its own, without a terminal, on a thread that never ends;
///   the guard process knows it.
/// 2. Its input is a file in memory; its two streams are read at once and delivered line by line.
/// 3. When it ends, the processes that it left in its group may go on for a while, since they may write its last lines.
///   Then they get SIGTERM and a moment later SIGKILL, and a line says so.
/// 4. The rest of the pipes is delivered, and `run` returns.
/// 5. When the Swift task is cancelled, the group gets SIGTERM, after the grace SIGKILL, and step 4 follows.
/// 6. When this process dies, even by SIGKILL, the kernel kills the command and the guard kills its group.
package struct CommandRunner: Sendable {
    /// The time that a cancelled command has between SIGTERM and SIGKILL, unless the command says otherwise.
    ///
    /// The default is 5 seconds.
    package var grace: Duration
    /// The time that the processes which a command leaves may go on once the command has ended.
    ///
    /// The default is 5 seconds; at most half of what is left of its time limit.
    package var leftoverGrace: Duration

    private let launcher: Launcher
    /// The worker's own environment as it was when the runner was made, without `MARTLET_REDIS_URL`.
    private let environment: ProcessEnvironment

    /// Makes a runner.
    ///
    /// - Throws: `CommandFailure.system` when the system has no thread or descriptors left.
    package init(
        grace: Duration = .seconds(5),
        leftoverGrace: Duration = .seconds(5)
    ) throws(CommandFailure) {
        self.grace = grace
        self.leftoverGrace = leftoverGrace
        launcher = try Launcher.shared.get()
        environment = ProcessEnvironment.inherited().without(["MARTLET_REDIS_URL"])
    }

    /// Runs a command to its end.
    ///
    /// It returns for exit code 0 and throws for anything else; either way no process of its group is left and every
    /// line was delivered.
    ///
    /// `input` is standard input. `environment` takes precedence over the command's own, and that over the worker's, of
    /// which `MARTLET_REDIS_URL` is not passed on: it may have a password in it. `onLine` gets the lines of both
    /// streams as they come, each stream in its order, and at the end a line about the processes that the runner had to
    /// kill; while it is suspended its stream is not read. A line beyond 7.75 KiB is cut and says so. See
    /// `OverwrittenLines` for lines that end with CR.
    ///
    /// `timeLimit` is the time after which the caller cancels the task; the processes that a command leaves are gone
    /// before.
    package func run(
        _ command: Command,
        input: [UInt8] = [],
        environment: [String: String] = [:],
        timeLimit: Duration? = nil,
        onLine: @escaping @Sendable (CommandStream, String) async -> Void
    ) async throws(CommandFailure) {
        if Task.isCancelled { throw .cancelled }
        let start = ContinuousClock.now
        let user = try command.user.map { name throws(CommandFailure) in try CommandUser(name) }
        let variables = self.environment
            .merging(user?.variables ?? [:])
            .merging(command.environment)
            .merging(try command.readSecrets())
            .merging(environment)
        let child = try await launcher.launch(command, input: input, environment: variables, user: user?.numbers)
        let ending = await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await LineReader(descriptor: child.output).deliver { await onLine(.output, $0) } }
                group.addTask { await LineReader(descriptor: child.errors).deliver { await onLine(.error, $0) } }
                let ending = await child.ending()
                let grace = Self.grace(leftoverGrace, timeLimit: timeLimit, spent: .now - start)
                let killed = await child.clear(grace: grace, moment: min(.seconds(2), grace))
                child.output.interrupt()
                child.errors.interrupt()
                await group.waitForAll()
                if !killed.isEmpty {
                    await onLine(.runner, Self.note(of: killed, grace))
                }
                return ending
            }
        } onCancel: {
            child.stop(grace: command.killAfter ?? grace)
        }
        if child.isStopped { throw .cancelled }
        switch ending {
        case .exit(code: 0): return
        case .exit(let code): throw .exitCode(code)
        case .signal(let signal): throw .signal(signal)
        }
    }

    /// The part of the grace that ends well before the time limit.
    static func grace(_ grace: Duration, timeLimit: Duration?, spent: Duration) -> Duration {
        // A command that is beyond it was given more time by the caller that enqueued the job.
        guard let timeLimit, spent < timeLimit else { return grace }
        return min(grace, (timeLimit - spent) / 2)
    }

    private static func note(of killed: [String], _ grace: Duration) -> String {
        let shown = killed.prefix(5).joined(separator: ", ")
        let more = killed.count > 5 ? " and \(killed.count - 5) more" : ""
        return "the command had ended, and \(Printable.escaped(shown, limit: 400))\(more) still ran "
            + "\(grace.formatted(.units(allowed: [.seconds, .milliseconds], width: .narrow))) later: told to end"
    }
}
