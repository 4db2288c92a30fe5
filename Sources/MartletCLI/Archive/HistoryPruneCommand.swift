internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletArchive

struct HistoryPruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Delete jobs that finished long ago from the archive.",
        discussion:
            "Without --yes it only says how many. The archiver does the same by itself, for what is older than 90 days."
    )

    @Option(help: "Delete jobs that finished at least this long ago, for example 90d.")
    var olderThan: DurationArgument
    @Flag(help: "Delete them.")
    var yes = false
    @OptionGroup var archive: ArchiveOption

    func run() async throws {
        let time = Date(milliseconds: Date().milliseconds - olderThan.duration.milliseconds)
        let count = try await archive.withHistory { history in
            var filter = JobFilter()
            filter.until = Date(milliseconds: time.milliseconds - 1)
            return try await history.counts(filter).values.reduce(0, +)
        }
        guard count > 0 else {
            Terminal.say("no jobs are that old")
            throw ExitCode.noMatch
        }
        guard yes else {
            let jobs = "\(count) job\(count == 1 ? "" : "s")"
            Terminal.say("To delete \(jobs) that finished before \(Moment.absolute(time)), add --yes.")
            throw ExitCode.validationFailure
        }
        let gone = try await Archive.prune(path: try archive.required(), finishedBefore: time)
        Terminal.say("\(gone) job\(gone == 1 ? "" : "s") deleted")
    }
}
