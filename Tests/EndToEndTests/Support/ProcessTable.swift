import Foundation

/// What the kernel says of processes.
enum ProcessTable {
    /// The processes that have `mark` on their command line.
    static func marked(_ mark: String) -> Set<Int32> {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let pids = names.compactMap { Int32($0) }
        return Set(pids.filter { text("/proc/\($0)/cmdline").contains(mark) })
    }

    static func isAlive(_ pid: Int32) -> Bool {
        let status = text("/proc/\(pid)/stat")
        // After the name, which ends with the last parenthesis, stands the state.
        guard let name = status.lastIndex(of: ")") else { return false }
        return !status[name...].hasPrefix(") Z")
    }

    /// Resident memory in MiB.
    static func memory(_ pid: Int32) -> Int {
        let line = text("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(whereSeparator: \.isWhitespace)[1]).flatMap { Int($0) }.map { $0 / 1024 } ?? 0
    }

    /// Processor time used, in hundredths of a second.
    static func time(_ pid: Int32) -> Int {
        let fields = text("/proc/\(pid)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
    }

    private static func text(_ path: String) -> String {
        // Gone in the meantime: nothing.
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
