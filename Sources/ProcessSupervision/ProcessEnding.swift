internal import CLauncher

/// The end of a process.
package enum ProcessEnding: Sendable, Hashable {
    /// The process ended by itself with this exit code.
    case exit(code: Int32)
    /// This signal killed the process.
    case signal(Int32)

    /// Waits for the end of a process that this one started, and lets the kernel recycle its id.
    ///
    /// - Returns: The end; nil when there is no such child because somebody else has collected it.
    package static func collect(_ process: Int32) -> ProcessEnding? {
        var ending = launcher_ending()
        guard launcher_collect(process, &ending) == 0 else { return nil }
        return ending.signal == 0 ? .exit(code: ending.code) : .signal(ending.signal)
    }
}
