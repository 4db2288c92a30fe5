import Foundation
import Martlet
import MartletTesting
import RedisClient
import ProcessSupervision

/// `redis-cli`, as who has nothing else uses it.
struct RedisCLI {
    /// Where it is installed.
    static func path() throws -> String {
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let paths = folders.split(separator: ":").map { "\($0)/redis-cli" }
        guard let path = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw Mishap("there is no redis-cli in \(folders)")
        }
        return path
    }

    private let stage: Stage
    private let search: String

    /// Has lines find the stage's server without a word about where it is.
    init(_ stage: Stage) throws {
        self.stage = stage
        let program = try stage.write(
            "#!/bin/sh\nexec \(try Self.path()) -s '\(stage.server.socketPath)' \"$@\"\n",
            to: "redis-cli"
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
        let martlet = URL(filePath: MartletProcess.martlet).deletingLastPathComponent().path
        search = "\(stage.folder):\(martlet):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
    }

    /// What a line of a shell prints.
    /// - Throws: ``Mishap`` when it fails, or Redis answers with an error, which redis-cli prints and exits with 0.
    func run(_ line: String) async throws -> String {
        let ended = try await stage.start("-c", line, executable: "/bin/sh", environment: ["PATH": search]).ended()
        let isError = ["ERR", "WRONGTYPE", "NOSCRIPT", "NOPERM"].contains { ended.output.contains("\($0) ") }
        guard ended.status == 0, !isError else {
            throw Mishap("\(line): \(ended.status) \(ended.errors)\(ended.output.prefix(500))")
        }
        return ended.output
    }

    /// The lines that it prints; none of an empty list, for which redis-cli prints an empty one.
    func lines(_ line: String) async throws -> [String] {
        let output = try await run(line)
        if output == "\n" { return [] }
        return output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// A hash.
    func fields(_ line: String) async throws -> [String: String] {
        let lines = try await lines(line)
        let pairs = stride(from: 0, to: lines.count - 1, by: 2).map { (lines[$0], lines[$0 + 1]) }
        return Dictionary(pairs) { _, last in last }
    }
}

/// What reaches the server: a redis-cli that listens to MONITOR.
struct Monitor {
    private let stage: Stage
    private let process: MartletProcess

    init(_ stage: Stage) async throws {
        self.stage = stage
        process = try stage.start("-s", stage.server.socketPath, "MONITOR", executable: try RedisCLI.path())
        let process = process
        try await eventually("MONITOR listens") { process.output.contains("OK") }
    }

    /// The commands of `body`, as MONITOR writes them, without those of connecting.
    func commands(of body: () async throws -> Void) async throws -> Set<String> {
        let (start, end) = ("start \(UUID())", "end \(UUID())")
        _ = try await stage.redis.send(RedisCommand("ECHO", [RedisArgument(start)]))
        try await body()
        _ = try await stage.redis.send(RedisCommand("ECHO", [RedisArgument(end)]))
        try await eventually("MONITOR has told all") { process.output.contains(end) }
        let between = process.output.components(separatedBy: start).last?.components(separatedBy: end).first ?? ""
        let commands = between.split(separator: "\n").compactMap { line in
            line.components(separatedBy: "] ").dropFirst().joined(separator: "] ")
        }
        let ofConnecting = ["HELLO", "CLIENT", "INFO", "SELECT", "AUTH", "COMMAND", "PING", "ECHO"]
        return Set(
            commands.filter { command in
                command.hasPrefix("\"") && !ofConnecting.contains { command.hasPrefix("\"\($0)\"") }
            }
        )
    }
}
