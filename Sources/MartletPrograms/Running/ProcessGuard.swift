internal import CLauncher
internal import Glibc
internal import ProcessSupervision
internal import Synchronization

/// The guard process, which kills the groups of all running commands when this process is gone, however it ended.
///
/// If somebody kills the guard, the next launch starts another, which is told of all running groups.
final class ProcessGuard: Sendable {
    private struct State {
        var process: pid_t = 0
        var socket: CInt?
        var groups: Set<pid_t> = []
    }

    private let state = Mutex(State())

    /// Starts the guard process.
    ///
    /// It should start as early as possible, because it keeps the memory that this process has at that moment.
    init() throws(CommandFailure) {
        _ = try state.withLock { state throws(CommandFailure) in try Self.start(&state) }
    }

    /// Launches through `launch`, which gets the guard's socket.
    ///
    /// Only the launcher thread calls this.
    func register(
        _ launch: (_ socket: CInt) -> (stage: launcher_stage, child: launcher_child)
    ) throws(CommandFailure) -> (stage: launcher_stage, child: launcher_child) {
        let socket = try state.withLock { state throws(CommandFailure) in
            guard state.groups.count < LAUNCHER_MAX_GROUPS else {
                throw .system("\(LAUNCHER_MAX_GROUPS) commands run already", EAGAIN)
            }
            if let socket = state.socket { return socket }
            return try Self.start(&state)
        }
        var result = launch(socket)
        if result.stage == LAUNCHER_AT_GUARD {
            let another = try state.withLock { state throws(CommandFailure) in try Self.start(&state) }
            result = launch(another)
        }
        if result.stage == LAUNCHER_STARTED {
            state.withLock { _ = $0.groups.insert(result.child.process) }
        }
        return result
    }

    /// Collects a process that has ended.
    ///
    /// Its group stays known until `forget`.
    func collect(_ process: pid_t) -> ProcessEnding {
        guard let ending = ProcessEnding.collect(process) else {
            preconditionFailure("process \(process) was collected by somebody else in this process")
        }
        return ending
    }

    /// Forgets a group of which nothing is left, or nothing that a signal could end.
    func forget(_ group: pid_t) {
        state.withLock { state in
            state.groups.remove(group)
            // A guard that is gone is replaced at the next launch, and told of the groups that are known then.
            if let socket = state.socket { launcher_tell_guard(socket, -group) }
        }
    }

    private static func start(_ state: inout State) throws(CommandFailure) -> CInt {
        if let old = state.socket.take() {
            // The old guard has to be dead before the socket closes: an end of the socket is its sign to kill.
            kill(state.process, SIGKILL)
            waitpid(state.process, nil, 0)
            close(old)
        }
        let socket = launcher_start_guard(&state.process)
        guard socket >= 0 else { throw .system("guard process", errno) }
        state.socket = socket
        for group in state.groups {
            let error = launcher_tell_guard(socket, group)
            guard error == 0 else { throw .system("guard process", error) }
        }
        return socket
    }
}
