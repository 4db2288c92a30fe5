internal import CLauncher
internal import Foundation

/// The first process of a container, to which the kernel leaves every process whose parent is gone.
///
/// Unless it reaps them, each stays a zombie for ever.
package enum FirstProcess {
    /// Opens /dev/null in place of standard descriptors that this process was started without.
    ///
    /// It must be called before anything else opens a descriptor.
    ///
    /// - Throws: `POSIXError` when there is no /dev/null.
    package static func openStandardDescriptors() throws {
        let error = launcher_open_standard_descriptors()
        guard error == 0 else { throw POSIXError(POSIXErrorCode(rawValue: error) ?? .EIO) }
    }

    /// Stands in front of the program when this is the first process of a container; returns at once when it is not.
    ///
    /// The first process starts the same program once more, which then does the work. It passes signals on to that
    /// process, reaps, and exits as that process does. The worker's own children are not the first process's, so nobody
    /// else takes their exit codes.
    ///
    /// - Throws: `POSIXError` when the program cannot be started.
    package static func standInFront() throws {
        guard getpid() == 1 else { return }
        let launch = ProcessLaunch(
            URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path,
            arguments: CommandLine.arguments,
            environment: .inherited(),
            input: STDIN_FILENO,
            output: STDOUT_FILENO,
            errors: STDERR_FILENO
        )
        let hangup = Hangup.meaning == .stop ? SIGTERM : SIGHUP
        var status: Int32 = 0
        let error = launch.withCommand { launcher_stand_first(&$0, hangup, &status) }
        guard error == 0 else { throw POSIXError(POSIXErrorCode(rawValue: error) ?? .EIO) }
        exit(status)
    }
}
