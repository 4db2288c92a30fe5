internal import Foundation

/// The limits of a command.
///
/// They hold for each of its processes by itself; `nil` is the worker's own.
package struct CommandLimits: Sendable, Equatable {
    /// The most bytes of address space.
    package var memory: UInt64?
    /// The most time on processors, in whole seconds.
    ///
    /// After it the kernel ends the process with SIGXCPU or SIGKILL.
    package var cpu: Duration?
    /// The most open files.
    package var files: UInt64?
    /// The most processes and threads of the command's user, on the whole machine.
    ///
    /// It does not bind root.
    package var processes: UInt64?

    package init(memory: UInt64? = nil, cpu: Duration? = nil, files: UInt64? = nil, processes: UInt64? = nil) {
        self.memory = memory
        self.cpu = cpu
        self.files = files
        self.processes = processes
    }

    /// The limits that are set, by the numbers of `setrlimit`.
    var all: [(resource: Int32, value: UInt64)] {
        let seconds = cpu.map { UInt64(max(1, $0.components.seconds)) }
        let values = [
            (RLIMIT_AS, memory), (RLIMIT_CPU, seconds), (RLIMIT_NOFILE, files), (__RLIMIT_NPROC, processes),
        ]
        return values.compactMap { resource, value in value.map { (Int32(resource.rawValue), $0) } }
    }
}
