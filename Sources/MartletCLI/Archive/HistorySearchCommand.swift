internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletArchive

struct HistorySearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find words in log lines and errors, the newest first.",
        discussion: """
            martlet history search connection timeout --since 2d --type report.daily
            martlet history search '"no route to host" db*'

            A line has to have all of the words. A word that ends in * stands for all that begin so. Words in double quotes \
            have to follow each other; put single quotes around them, for the shell.
            """
    )

    @Argument(help: "The words to find.")
    var words: [String]
    @OptionGroup var filter: HistoryFilterOptions
    @Option(help: "Include only jobs that ended in this state; may be given more than once.")
    var status: [JobState] = []
    @Option(help: "Show this many lines at most, 1 to 500.")
    var limit: Int = 50
    @Flag(help: "Print one JSON object a line, with times in milliseconds since 1970.")
    var json = false
    @OptionGroup var archive: ArchiveOption

    func validate() throws {
        guard (1...500).contains(limit) else { throw ValidationError("--limit \(limit): use 1 to 500.") }
    }

    func run() async throws {
        try await archive.withHistory { history in
            var filter = filter.filter
            filter.states = Set(status)
            let hits = try await history.search(words.joined(separator: " "), filter, limit: limit)
            guard !hits.isEmpty else {
                Terminal.say("nothing found")
                throw ExitCode.noMatch
            }
            for hit in hits { json ? Terminal.print(json: hit.json) : Terminal.print(hit.text) }
        }
    }
}

extension SearchHit {
    fileprivate var json: String {
        JSONValue.object([
            "job": .string("\(job)"), "type": .string(type), "state": .string(state.rawValue),
            "attempt": .integer(Int64(attempt)), "time": .time(time), "level": .string(level),
            "message": .string(message), "error": .bool(isError),
        ]).text
    }

    fileprivate var text: String {
        let level = level.padding(toLength: 8, withPad: " ", startingAt: 0)
        return Printable.escaped("\(Moment.absolute(time))  \(job)  \(type)  \(attempt)  \(level) \(message)")
    }
}
