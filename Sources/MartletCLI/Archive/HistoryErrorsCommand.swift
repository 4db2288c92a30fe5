internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletArchive

struct HistoryErrorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "errors",
        abstract: "Group errors by their cause: the job type, the type of the error, the message without its numbers.",
        discussion: "The group with the most jobs comes first. Give a group's fingerprint to see that group alone."
    )

    @Argument(help: "Show only the group with this fingerprint.")
    var fingerprint: String?
    @OptionGroup var filter: HistoryFilterOptions
    @Option(help: "Show this many groups at most, 1 to 500.")
    var limit: Int = 20
    @Flag(help: "Print one JSON object a line, with times in milliseconds since 1970.")
    var json = false
    @OptionGroup var archive: ArchiveOption

    func validate() throws {
        guard (1...500).contains(limit) else { throw ValidationError("--limit \(limit): use 1 to 500.") }
    }

    func run() async throws {
        try await archive.withHistory { history in
            let groups = try await history.errors(filter.filter, fingerprint: fingerprint, limit: limit)
            guard !groups.isEmpty else {
                Terminal.say("no errors")
                throw ExitCode.noMatch
            }
            for (place, group) in groups.enumerated() {
                if json {
                    Terminal.print(json: group.json)
                } else {
                    if place > 0 { Terminal.print("") }
                    group.lines.forEach { Terminal.print(Printable.escaped($0, limit: 400)) }
                }
            }
        }
    }
}

extension ErrorGroup {
    fileprivate var json: String {
        JSONValue.object([
            "fingerprint": .string(fingerprint), "type": .string(type),
            "error_type": errorType.map { .string($0) } ?? .null, "message": .string(message),
            "jobs": .integer(Int64(jobs)), "attempts": .integer(Int64(attempts)), "first_seen": .time(firstSeen),
            "last_seen": .time(lastSeen), "last_job": .string("\(lastJob)"), "sample": .string(sample),
        ]).text
    }

    /// The group in lines: `412 jobs, one cause`, and its details.
    fileprivate var lines: [String] {
        let now = Date()
        return [
            "\(jobs) job\(jobs == 1 ? "" : "s"), one cause: \(type): \([errorType, message].compactMap(\.self).joined(separator: ": "))",
            "  first seen   \(Moment.absolute(firstSeen)) (\(Moment.relative(firstSeen, now: now)))",
            "  last seen    \(Moment.absolute(lastSeen)) (\(Moment.relative(lastSeen, now: now))), \(lastJob)",
            "  attempts     \(attempts)",
            "  sample       \(sample)",
            "  fingerprint  \(fingerprint)",
        ]
    }
}
