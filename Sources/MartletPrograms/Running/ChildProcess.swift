internal import CLauncher
internal import Glibc
internal import MartletWorker
internal import ProcessSupervision
internal import Synchronization

/// A running command: the leader of its process group, with this side's ends of its pipes.
final class ChildProcess: Sendable {
    private struct State {
        /// True when the leader has ended and its exit code was taken.
        var isCollected = false
        /// True when `stop` found the leader running.
        var isStopped = false
        /// The moment at which `stop` kills what is left of the group.
        var kill: ContinuousClock.Instant?
        /// True when nobody of the group is left, so that its id may be somebody else's.
        var isOver = false
    }

    let output: ReadableDescriptor
    let errors: ReadableDescriptor
    private let group: ProcessGroup
    private let exit: ReadableDescriptor
    private let processGuard: ProcessGuard
    private let thread: LauncherThread
    private let state = Mutex(State())

    /// Starts the command, with `input` as a file on standard input.
    ///
    /// It is called only on the launcher thread, because the command is killed when the thread that started it ends.
    init(
        _ command: Command,
        input: [UInt8],
        environment: ProcessEnvironment,
        user: ProcessLaunch.User?,
        on thread: LauncherThread,
        guardedBy processGuard: ProcessGuard
    ) throws(CommandFailure) {
        let program = command.arguments.first ?? ""
        let path = try ProgramPath.find(program, in: environment["PATH"])
        let standardInput = try OwnedDescriptor.memoryFile(input)
        let outputPipe = try OutputPipe()
        let errorPipe = try OutputPipe()
        var launch = ProcessLaunch(
            path,
            arguments: command.arguments,
            environment: environment,
            directory: command.directory,
            input: standardInput.number,
            output: outputPipe.writingEnd.number,
            errors: errorPipe.writingEnd.number
        )
        launch.user = user
        launch.mask = command.mask
        launch.limits = command.limits.all
        let launched = try processGuard.register { launch.start(guardedBy: $0) }
        switch launched.stage {
        case LAUNCHER_STARTED: break
        case LAUNCHER_AT_LIMIT: throw .limits(launched.child.error)
        case LAUNCHER_AT_USER: throw .user(command.user ?? "", launched.child.error)
        case LAUNCHER_AT_DIRECTORY: throw .directory(command.directory ?? ".", launched.child.error)
        case LAUNCHER_AT_PROGRAM:
            let hint = ProgramPath.hint(path, in: command.directory, launched.child.error)
            throw .program(program, launched.child.error, hint: hint)
        case LAUNCHER_AT_GUARD: throw .system("guard process", launched.child.error)
        default: throw .system("new process", launched.child.error)
        }
        group = ProcessGroup(id: launched.child.process)
        do {
            exit = try ReadableDescriptor(OwnedDescriptor(launched.child.process_descriptor), on: thread)
            output = try ReadableDescriptor(outputPipe.readingEnd, on: thread)
            errors = try ReadableDescriptor(errorPipe.readingEnd, on: thread)
        } catch {
            group.signal(SIGKILL)
            _ = processGuard.collect(group.id)
            processGuard.forget(group.id)
            throw error
        }
        self.thread = thread
        self.processGuard = processGuard
    }

    /// Waits for the end of the leader and collects it.
    ///
    /// It is called once.
    func ending() async -> ProcessEnding {
        await exit.readable()
        return state.withLock { state in
            let ending = processGuard.collect(group.id)
            state.isCollected = true
            return ending
        }
    }

    /// Waits until nothing of the group is left.
    ///
    /// Processes that are not gone after the grace get SIGTERM, and after another `moment` SIGKILL. It is called once,
    /// when the leader has ended.
    ///
    /// - Returns: The processes that had to be told to end, each with its name and id; none where `stop` did that.
    func clear(grace: Duration, moment: Duration) async -> [String] {
        var told: [String] = []
        if await !isGone(within: grace), !isStopping {
            told = group.living() ?? ["processes of its group"]
            signal(SIGTERM)
            if await !isGone(within: moment), !isStopping { signal(SIGKILL) }
        }
        // A process that the kernel does not let go of ends later, or never; nobody may wait for it.
        _ = await isGone(within: .seconds(1))
        state.withLock { state in
            state.isOver = true
            processGuard.forget(group.id)
        }
        return told
    }

    /// Asks the group to end, and kills it after the grace.
    ///
    /// It does nothing to a group that is gone.
    func stop(grace: Duration) {
        let isTold = state.withLock { state in
            guard !state.isOver else { return false }
            if !state.isCollected { state.isStopped = true }
            state.kill = .now + grace
            return true
        }
        guard isTold else { return }
        signal(grace > .zero ? SIGTERM : SIGKILL)
        thread.perform(after: grace) { self.signal(SIGKILL) }
    }

    /// True when `stop` found the leader running.
    var isStopped: Bool { state.withLock(\.isStopped) }

    private var isStopping: Bool { state.withLock { $0.kill != nil } }

    /// Waits at most `limit` for the end of the group, or, when the group was told to stop, until it has been killed.
    private func isGone(within limit: Duration) async -> Bool {
        var deadline = ContinuousClock.now + limit
        var pause = Duration.milliseconds(1)
        while true {
            // The leader was collected. As long as the group has members its id is taken, and when the last one is
            // gone, the id that was just freed is the last that the kernel hands out again.
            if !group.hasMembers || group.living()?.isEmpty == true { return true }
            if let kill = state.withLock(\.kill) { deadline = max(deadline, kill) }
            guard ContinuousClock.now < deadline else { return false }
            await thread.rest(min(pause, deadline - .now))
            pause = min(pause * 2, .milliseconds(200))
        }
    }

    private func signal(_ signal: Int32) {
        state.withLock { state in
            if !state.isOver { group.signal(signal) }
        }
    }
}
