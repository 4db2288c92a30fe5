internal import Foundation

/// What this process takes of the machine's memory.
enum ProcessMemory {
    /// Resident bytes; nil where the system does not tell in `/proc`.
    static var resident: Int? {
        guard let text = FileManager.default.contents(atPath: "/proc/self/statm"),
            let pages = String(decoding: text, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap({
                Int($0)
            })
        else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
