internal import GRDB
public import Martlet
internal import MartletSQLite

/// The figures of the jobs of one type that finished on one day.
public struct DayStats: Sendable, Hashable {
    /// The day in UTC: `2026-11-23`.
    public let day: String
    /// The job type.
    public let type: String
    /// The number of jobs that ended in each state.
    public let counts: [JobState: Int]
    /// The time from when a job could first run to the start of its last attempt; nil when none ran.
    public let wait: Quantiles?
    /// The time that the last attempt took; nil when none ran.
    public let run: Quantiles?

    /// The number of jobs.
    public var jobs: Int { counts.values.reduce(0, +) }
    /// The share of jobs that ended in Error among those that were not cancelled: 0 to 1.
    public var errorShare: Double {
        let ended = jobs - (counts[.cancelled] ?? 0)
        return ended == 0 ? 0 : Double(counts[.error] ?? 0) / Double(ended)
    }
}

/// Durations that a given share of all durations does not exceed.
public struct Quantiles: Sendable, Hashable {
    /// The duration that half of all do not exceed.
    public let median: Duration
    /// The duration that 95 of 100 do not exceed.
    public let p95: Duration
    /// The duration that 99 of 100 do not exceed.
    public let p99: Duration
    /// The longest of all.
    public let longest: Duration

    /// Computes the quantiles of durations in milliseconds; nil without values.
    init?(_ values: [Int64]) {
        guard let longest = values.max() else { return nil }
        let sorted = values.sorted()
        func value(_ percent: Int) -> Duration { .milliseconds(sorted[(sorted.count * percent + 99) / 100 - 1]) }
        median = value(50)
        p95 = value(95)
        p99 = value(99)
        self.longest = .milliseconds(longest)
    }
}

extension History {
    /// Counts jobs and measures their durations, by type and day, the newest day first.
    ///
    /// It reads all jobs that the filter chooses.
    ///
    /// - Parameter filter: the jobs that are counted; its times are those of the jobs' ends.
    /// - Returns: the figures of each type on each day; none for a day without jobs.
    /// - Throws: ``ArchiveError`` when the archive can't be read.
    public func stats(_ filter: JobFilter = JobFilter()) async throws(ArchiveError) -> [DayStats] {
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
                guard let state = JobState(rawValue: row.text(2)), let day = row.number(0) else { continue }
                let group = Group(day: day, type: row.text(1))
                let (wait, run) = (row.number(3), row.number(4))
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
