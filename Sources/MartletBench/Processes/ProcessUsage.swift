internal import Foundation

/// What a process has used so far, as the kernel counts it.
struct ProcessUsage {
    /// CPU time.
    var seconds = 0.0
    /// Context switches of the threads that it has now.
    var switches = 0.0
    /// Resident memory now, and the most it ever was, in MiB.
    var residentMiB = 0.0
    var peakMiB = 0.0

    static func read(_ pid: Int32) throws -> ProcessUsage {
        var usage = ProcessUsage()
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        // The name, in parentheses, may have spaces in it; user and system time are the 12th and 13th behind it.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        if fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) {
            usage.seconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
        for line in try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8).split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count > 1, let kilobytes = Double(words[1]) else { continue }
            if words[0].hasPrefix("VmHWM:") { usage.peakMiB = kilobytes / 1024 }
            if words[0].hasPrefix("VmRSS:") { usage.residentMiB = kilobytes / 1024 }
        }
        for thread in try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task") {
            // A thread may have ended meanwhile.
            guard let status = try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/status", encoding: .utf8) else {
                continue
            }
            for line in status.split(separator: "\n") where line.contains("voluntary_ctxt_switches:") {
                usage.switches += line.split(whereSeparator: \.isWhitespace).last.flatMap { Double($0) } ?? 0
            }
        }
        return usage
    }
}
