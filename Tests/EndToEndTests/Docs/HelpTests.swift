import Foundation
import Testing

/// The help of every command is a file in `Snapshots`, in a folder for each noun, so that a change to it is seen in
/// review.
///
/// Renew the files with `MARTLET_RENEW_SNAPSHOTS=1 swift test --filter HelpTests`, and look at the difference.
@Suite struct HelpTests {
    private static let commands = [
        "", "work", "dev", "job", "job enqueue", "job list", "job show", "job logs", "job cancel", "job restart",
        "schedule", "schedule list", "schedule show", "schedule set", "schedule remove", "schedule pause",
        "schedule resume", "schedule run", "schedule slots", "schedule preview", "leader", "leader show",
        "leader resign",
        "job delete", "job explain", "job wait", "worker", "worker list", "worker show", "worker quiet",
        "queue", "queue list", "queue show", "queue pause", "queue resume", "queue purge",
        "stats", "doctor", "audit", "script", "completion",
        "archive", "history", "history search", "history errors", "history stats", "history backup", "history prune",
        "outbox",
        "outbox status", "outbox relay", "outbox replay", "outbox refused",
    ]

    @Test(arguments: commands)
    func `the help of a command is as its snapshot`(command: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }  // at worst two small files stay
        let words = command.split(separator: " ").map(String.init)
        let ended = try await MartletProcess(words + ["--help"], folder: folder.path).ended()
        #expect(ended.status == 0)
        #expect(ended.errors.isEmpty)

        let file = Self.folder.appending(path: Self.path(of: command))
        if ProcessInfo.processInfo.environment["MARTLET_RENEW_SNAPSHOTS"] != nil {
            try Data(ended.output.utf8).write(to: file)
        } else {
            #expect(ended.output == (try String(contentsOf: file, encoding: .utf8)))
        }
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots")
    /// The first words of commands that have subcommands.
    private static let nouns = Set(commands.filter { $0.contains(" ") }.compactMap { $0.split(separator: " ").first })

    /// Where the help of a command stands below ``folder``: `job/list.txt`, `job/job.txt`, `stats.txt`.
    private static func path(of command: String) -> String {
        let words = command.split(separator: " ")
        guard let noun = words.first else { return "martlet.txt" }
        return nouns.contains(noun) ? "\(noun)/\(words.last ?? noun).txt" : "\(noun).txt"
    }

    @Test func `no subcommand is without a snapshot`() throws {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: Self.folder.path)
        let known = Self.commands.map { Self.path(of: $0) }
        #expect(Set(paths.filter { $0.hasSuffix(".txt") }) == Set(known + ["doctor-acl.txt"]))
        for command in Self.commands {
            let help = try String(contentsOf: Self.folder.appending(path: Self.path(of: command)), encoding: .utf8)
            guard let list = help.components(separatedBy: "SUBCOMMANDS:\n").dropFirst().first else { continue }
            for line in list.split(separator: "\n") where line.hasPrefix("  ") && !line.hasPrefix("   ") {
                guard line.dropFirst(2).first?.isLetter == true, !line.hasPrefix("  See ") else { continue }
                let subcommand = line.dropFirst(2).prefix { $0 != " " }
                let whole = command.isEmpty ? String(subcommand) : "\(command) \(subcommand)"
                #expect(Self.commands.contains(whole), "\(whole) has no snapshot")
            }
        }
    }
}
