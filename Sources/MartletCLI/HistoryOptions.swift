internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletArchive
internal import MartletCommands

/// Which archive: the same on every command that reads one.
struct ArchiveOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("The archive that finished jobs go to. Default: $MARTLET_ARCHIVE.", valueName: "path")
    )
    var archive: String?

    /// The path, where one is given.
    var path: String? { archive ?? ProcessInfo.processInfo.environment["MARTLET_ARCHIVE"] }

    func required() throws -> String {
        guard let path, !path.isEmpty else {
            throw ValidationError("Name the archive: --archive PATH, or MARTLET_ARCHIVE in the environment.")
        }
        return path
    }

    /// Runs `body` with the archive, and closes it.
    func withHistory<Result>(_ body: (History) async throws -> Result) async throws -> Result {
        let history = try History(path: try required())
        defer { history.close() }
        return try await body(history)
    }
}

/// Which jobs of an archive.
struct HistoryFilterOptions: ParsableArguments {
    @Option(help: "Only this queue.")
    var queue: String?
    @Option(help: "Only this job type.")
    var type: String?
    @Option(help: "Only jobs about this object, for example ldap-source/7.")
    var object: String?
    @Option(help: "Only from this time on: 2h (ago), 7d, or 2026-11-23T12:00:00Z.")
    var since: PastTime?
    @Option(help: "Only before this time, written in the same way.")
    var until: PastTime?

    var filter: HistoryFilter {
        HistoryFilter(
            queue: queue,
            type: type,
            object: object,
            since: since?.milliseconds,
            until: until?.milliseconds
        )
    }
}

/// A time in the past: so long ago, or an instant.
struct PastTime: ExpressibleByArgument {
    let milliseconds: Int64

    init?(argument: String) {
        if let duration = DurationText.parse(argument) {
            milliseconds = Int64(Date().timeIntervalSince1970 * 1000) - duration.milliseconds
        } else if let time = TimeArgument(argument: argument) {
            milliseconds = Int64(time.date.timeIntervalSince1970 * 1000)
        } else {
            return nil
        }
    }
}
