internal import ProcessSupervision

/// The launcher thread and the guard, of which a process has one each, however many runners there are.
final class Launcher: Sendable {
    static let shared = Result { () throws(CommandFailure) in try Launcher() }

    private let thread: LauncherThread
    private let processGuard: ProcessGuard

    private init() throws(CommandFailure) {
        processGuard = try ProcessGuard()
        thread = try LauncherThread()
    }

    func launch(
        _ command: Command,
        input: [UInt8],
        environment: ProcessEnvironment,
        user: ProcessLaunch.User?
    ) async throws(CommandFailure) -> ChildProcess {
        let result = await withCheckedContinuation { continuation in
            thread.perform { [thread, processGuard] in
                continuation.resume(
                    returning: Result { () throws(CommandFailure) in
                        try ChildProcess(
                            command,
                            input: input,
                            environment: environment,
                            user: user,
                            on: thread,
                            guardedBy: processGuard
                        )
                    }
                )
            }
        }
        return try result.get()
    }
}
