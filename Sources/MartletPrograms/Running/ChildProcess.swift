internal import CLauncher
internal import Glibc
internal import MartletWorker
internal import Synchronization
internal import ProcessSupervision

/// A running command: the leader of its process group, with our ends of its pipes.
final class ChildProcess: Sendable {
    /// How it ended.
    enum Ending {
        case exit(code: Int32)
        case signal(Int32)
    }

    private struct State {
        var isCollected = false
        var isStopped = false
    }

    let output: ReadableDescriptor
    let errors: ReadableDescriptor
    private let process: pid_t
    private let exit: ReadableDescriptor
    private let processGuard: ProcessGuard
    private let thread: LauncherThread
    private let state = Mutex(State())

    /// Starts the command, with `input` as a file on standard input. Only on the launcher thread: the command is killed
    /// when the thread that started it ends.
    init(
        _ command: Command,
        input: [UInt8],
        environment: [String: String],
        on thread: LauncherThread,
        guardedBy processGuard: ProcessGuard
    ) throws(CommandFailure) {
        let program = command.arguments.first ?? ""
        let path = try ProgramPath.find(program, in: environment["PATH"])
        let standardInput = try OwnedDescriptor.memoryFile(input)
        let outputPipe = try OutputPipe()
        let errorPipe = try OutputPipe()
        let launched = try processGuard.register { socket in
            withCStrings([path] + command.arguments) { arguments in
                withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                    withOptionalCString(command.directory) { directory in
                        var child = launcher_child()
                        var description = launcher_command(
                            path: arguments[0],
                            arguments: arguments + 1,
                            environment: environment,
                            directory: directory,
                            standard_input: standardInput.number,
                            standard_output: outputPipe.writingEnd.number,
                            standard_error: errorPipe.writingEnd.number
                        )
                        let stage = launcher_spawn(&description, socket, &child)
                        return (stage, child)
                    }
                }
            }
        }
        switch launched.stage {
        case LAUNCHER_STARTED: break
        case LAUNCHER_AT_DIRECTORY: throw .directory(command.directory ?? ".", launched.child.error)
        case LAUNCHER_AT_PROGRAM: throw .program(program, launched.child.error)
        case LAUNCHER_AT_GUARD: throw .system("guard process", launched.child.error)
        default: throw .system("new process", launched.child.error)
        }
        do {
            exit = try ReadableDescriptor(OwnedDescriptor(launched.child.process_descriptor), on: thread)
            output = try ReadableDescriptor(outputPipe.readingEnd, on: thread)
            errors = try ReadableDescriptor(errorPipe.readingEnd, on: thread)
        } catch {
            kill(-launched.child.process, SIGKILL)
            _ = processGuard.collect(launched.child.process)
            throw error
        }
        process = launched.child.process
        self.thread = thread
        self.processGuard = processGuard
    }

    /// Waits for the end, kills what is left of the group and collects how it ended. To be called once.
    func ending() async -> Ending {
        await exit.readable()
        return state.withLock { state in
            let ending = processGuard.collect(process)
            state.isCollected = true
            return ending.signal == 0 ? .exit(code: ending.code) : .signal(ending.signal)
        }
    }

    /// Asks the group to end, and kills it after the grace. Nothing happens to one that has ended.
    func stop(grace: Duration) {
        guard signal(SIGTERM) else { return }
        thread.perform(after: grace) { self.signal(SIGKILL) }
    }

    /// Whether `stop` found it running.
    var isStopped: Bool {
        state.withLock { $0.isStopped }
    }

    /// False when it has been collected: its id may be somebody else's by now.
    @discardableResult
    private func signal(_ signal: Int32) -> Bool {
        state.withLock { state in
            guard !state.isCollected else { return false }
            state.isStopped = true
            return kill(-process, signal) == 0
        }
    }
}

private func withOptionalCString<Result>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let string else { return body(nil) }
    return string.withCString(body)
}
