internal import Foundation

/// The processes of a group, as /proc lists them.
struct ProcessGroup {
    /// The group's id: the process id of its first leader.
    let id: pid_t

    /// True while a member could be signalled; zombies that nobody reaps count as well.
    var hasMembers: Bool {
        // EPERM says that there is a member, of a user whose processes this one may not signal.
        kill(id, 0) == 0 || errno == EPERM
    }

    /// The members that have not ended, each with its name and id; nil when /proc can't be read.
    func living() -> [String]? {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc") else { return nil }
        return names.compactMap { name in
            guard name.first?.isNumber == true else { return nil }
            // A process whose file cannot be read is gone.
            guard let data = FileManager.default.contents(atPath: "/proc/\(name)/stat") else { return nil }
            return Self.member(of: id, String(decoding: data, as: UTF8.self))
        }
    }

    /// Sends every member a signal.
    func signal(_ signal: Int32) {
        _ = kill(id, signal)
    }

    private func kill(_ id: pid_t, _ signal: Int32) -> Int32 { Foundation.kill(-id, signal) }

    /// Reads a line of /proc/PID/stat: the id, the name in parentheses (which may have some itself), the state, the
    /// parent, the group.
    private static func member(of group: pid_t, _ line: String) -> String? {
        guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"), open < close else { return nil }
        let fields = line[close...].split(separator: " ")
        guard fields.count > 3, fields[1] != "Z", fields[1] != "X", pid_t(fields[3]) == group else { return nil }
        return "\(line[line.index(after: open)..<close]) (\(line[..<open].dropLast()))"
    }
}
