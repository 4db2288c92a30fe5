import Foundation
import Glibc

/// What the kernel says about processes.
enum Processes {
    static func isAlive(_ process: Int32) -> Bool {
        // A zombie that waits for init to collect it is dead.
        guard let state = field("State", of: String(process)) else { return false }
        return !state.hasPrefix("Z") && !state.hasPrefix("X")
    }

    /// Our children of that name, zombies included.
    static func children(named name: String) throws -> [Int32] {
        let me = String(ProcessInfo.processInfo.processIdentifier)
        return try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { process in
            field("PPid", of: String(process)) == me && field("Name", of: String(process)) == name
        }
    }

    /// How many descriptors of this process are of a kind that running a command takes.
    static func descriptorsOfCommands() -> Int {
        (0..<4096).count { number in
            var target = [CChar](repeating: 0, count: 64)
            let count = readlink("/proc/self/fd/\(number)", &target, target.count)
            let name = String(decoding: target.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
            return ["pipe:", "anon_inode:[pidfd]", "pidfd:", "/memfd:martlet"].contains { name.hasPrefix($0) }
        }
    }

    /// In bytes.
    static func residentMemory() -> Int {
        let kilobytes = field("VmRSS", of: "self")?.split(separator: " ").first.flatMap { Int($0) }
        return (kilobytes ?? 0) * 1024
    }

    private static func field(_ name: String, of process: String) -> String? {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return nil }
        return status.split(separator: "\n")
            .first { $0.hasPrefix("\(name):") }
            .map { $0.dropFirst(name.count + 1).drop(while: \.isWhitespace) }
            .map(String.init)
    }
}
