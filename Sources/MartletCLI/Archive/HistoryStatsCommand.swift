internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletArchive

struct HistoryStatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Count finished jobs by day and type, with the share of errors and how long they waited and ran.",
        discussion: "Days are UTC's. Default: the last seven days."
    )

    @OptionGroup var filter: HistoryFilterOptions
    @Flag(help: "Print one JSON object a line, with durations in milliseconds.")
    var json = false
    @OptionGroup var archive: ArchiveOption

    func run() async throws {
        try await archive.withHistory { history in
            var filter = filter.filter
            filter.since = filter.since ?? Date(timeIntervalSinceNow: -7 * 86_400)
            let days = try await history.stats(filter)
            guard !days.isEmpty else {
                Terminal.say("no jobs")
                throw ExitCode.noMatch
            }
            if json { return days.forEach { Terminal.print(json: $0.json) } }
            var table = Table([
                "DAY", "TYPE", "JOBS", "WARNING", "ERROR", "CANCELLED", "ERRORS", "WAIT P50", "P95", "P99", "RUN P50",
                "P95", "P99",
            ])
            for day in days {
                let share = String(format: "%.1f %%", day.errorShare * 100)
                let counts = [JobState.warning, .error, .cancelled].map { "\(day.counts[$0] ?? 0)" }
                let spans = [day.wait, day.run].flatMap { quantiles in
                    quantiles.map { [$0.median, $0.p95, $0.p99].map { Moment.span($0) } } ?? ["-", "-", "-"]
                }
                table.add([day.day, day.type, "\(day.jobs)"] + counts + [share] + spans)
            }
            table.print()
        }
    }
}

extension DayStats {
    fileprivate var json: String {
        func values(_ quantiles: Quantiles?) -> JSONValue {
            guard let quantiles else { return .null }
            return .object([
                "p50": .span(quantiles.median), "p95": .span(quantiles.p95), "p99": .span(quantiles.p99),
                "max": .span(quantiles.longest),
            ])
        }
        var fields: [String: JSONValue] = [
            "day": .string(day), "type": .string(type), "jobs": .integer(Int64(jobs)),
            "error_share": .number(errorShare), "wait_ms": values(wait), "run_ms": values(run),
        ]
        for (state, count) in counts { fields[state.rawValue] = .integer(Int64(count)) }
        return JSONValue.object(fields).text
    }
}
