internal import GRDB
public import Martlet

/// What became of the jobs of one type that finished on one day.
public struct DayStats: Sendable, Hashable {
    /// `2026-11-23`, in UTC.
    public let day: String
    public let type: String
    /// How many ended in each state.
    public let counts: [JobState: Int]
    /// From when they could first run to the start of the last attempt, in milliseconds; nil when none ran.
    public let wait: Quantiles?
    /// How long the last attempt took, in milliseconds.
    public let run: Quantiles?

    public var jobs: Int { counts.values.reduce(0, +) }
    /// Of those that were not cancelled, the share that ended in Error: 0 to 1.
    public var errorShare: Double {
        let ended = jobs - (counts[.cancelled] ?? 0)
        return ended == 0 ? 0 : Double(counts[.error] ?? 0) / Double(ended)
    }
}

/// The least values that a share of all values do not exceed: half of them are at most `median`.
public struct Quantiles: Sendable, Hashable {
    public let median: Int64
    public let p95: Int64
    public let p99: Int64
    public let longest: Int64

    /// Nil without values.
    init?(_ values: [Int64]) {
        guard let longest = values.max() else { return nil }
        let sorted = values.sorted()
        func value(_ percent: Int) -> Int64 { sorted[(sorted.count * percent + 99) / 100 - 1] }
        median = value(50)
        p95 = value(95)
        p99 = value(99)
        self.longest = longest
    }
}

extension History {
    /// Counts and durations by type and day, the newest day first. It reads all jobs that the filter names.
    public func stats(_ filter: HistoryFilter = HistoryFilter()) async throws(ArchiveError) -> [DayStats] {
        try await read { db in
            let (conditions, arguments) = filter.conditions(time: "jobs.finished_at")
            let rows = try Row.fetchCursor(
                db,
                sql: "SELECT finished_at / 86400000, type, state, wait_ms, run_ms FROM jobs WHERE \(conditions)",
                arguments: arguments
            )
            struct Group: Hashable {
                let day: Int64
                let type: String
            }
            struct Values {
                var counts: [JobState: Int] = [:]
                var waits: [Int64] = []
                var runs: [Int64] = []
            }
            var groups: [Group: Values] = [:]
            while let row = try rows.next() {
                guard let state = JobState(rawValue: row[2]) else { continue }
                let group = Group(day: row[0], type: row[1])
                let (wait, run): (Int64?, Int64?) = (row[3], row[4])
                groups[group, default: Values()].counts[state, default: 0] += 1
                if let wait, let run {
                    groups[group]?.waits.append(wait)
                    groups[group]?.runs.append(run)
                }
            }
            let sorted = groups.sorted { ($1.key.day, $0.key.type) < ($0.key.day, $1.key.type) }
            return try sorted.map { group, values in
                DayStats(
                    day: try String.fetchOne(db, sql: "SELECT date(? * 86400, 'unixepoch')", arguments: [group.day])
                        ?? "",
                    type: group.type,
                    counts: values.counts,
                    wait: Quantiles(values.waits),
                    run: Quantiles(values.runs)
                )
            }
        }
    }
}
