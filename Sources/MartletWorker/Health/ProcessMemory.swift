internal import Foundation

/// The memory of the machine that this process takes.
enum ProcessMemory {
    /// The resident memory in bytes; nil where the system has no `/proc` to read it from.
    static var resident: Int? {
        guard let text = FileManager.default.contents(atPath: "/proc/self/statm"),
            let pages = String(decoding: text, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap({
                Int($0)
            })
        else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
