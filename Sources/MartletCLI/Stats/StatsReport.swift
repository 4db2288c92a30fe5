internal import Foundation
internal import Martlet

/// The report of `martlet stats`: all queues and workers at one moment.
struct StatsReport {
    static let nobody = "No workers: nothing will run."

    /// Redis's time.
    let time: Date
    let queues: [Queue]
    let workers: [WorkerRecord]
    /// The id of the worker that leads.
    let leader: String?
    let archiver: ArchiverRecord?
    /// The queues of an archive, each with the number of its jobs in each state.
    var archived: [(queue: String, counts: [JobState: Int])] = []

    /// The time that the counts of the last hour cover: the hour before and what has passed of this one.
    ///
    /// ``daySpan`` is the same for the last day.
    var hourSpan: Duration { .milliseconds(time.milliseconds % 3_600_000 + 3_600_000) }
    var daySpan: Duration { hourSpan + .seconds(23 * 3600) }

    struct Queue {
        let record: QueueRecord
        let hour: HourlyCounts
        let day: HourlyCounts
        let rates: Rates
        var name: String { record.name }
    }

    /// The jobs that came to a queue and that left it over some time.
    struct Rates {
        let entered: Int
        let ended: Int
        let span: Duration
        /// True when the numbers were counted since the last look, and not by the hour.
        let isLive: Bool

        var inPerSecond: Double { Double(entered) / seconds }
        var outPerSecond: Double { Double(ended) / seconds }
        private var seconds: Double { max(span, .milliseconds(1)) / .seconds(1) }
    }
}

/// Reads reports, one after the other.
///
/// It remembers the hours that are over, which do not change any more, and the numbers of the last look.
struct StatsReader {
    let inspector: Inspector
    /// The counts that were read, by queue and hour.
    private var seen: [String: [Date: HourlyCounts]] = [:]
    private var lastLook: Date?

    init(inspector: Inspector) {
        self.inspector = inspector
    }

    mutating func read() async throws -> StatsReport {
        let now = try await inspector.now()
        let records = try await inspector.queues()
        var queues: [StatsReport.Queue] = []
        for record in records {
            queues.append(try await look(at: record, now: now))
        }
        let known = Set(records.map(\.name))
        seen = seen.filter { known.contains($0.key) }
        lastLook = now
        return StatsReport(
            time: now,
            queues: queues,
            workers: try await inspector.workers(),
            leader: try await inspector.leader()?.worker,
            archiver: try await inspector.archiver()
        )
    }

    private mutating func look(at record: QueueRecord, now: Date) async throws -> StatsReport.Queue {
        let hours = (0..<25).map { now.startOfHour.addingTimeInterval(-3600 * Double($0)) }
        let before = seen[record.name] ?? [:]
        // This hour changes, and the hour before may have changed since the last look.
        let missing = hours.filter { $0 >= hours[1] || before[$0] == nil }
        let fresh = try await inspector.hourlyCounts(queue: record.name, hours: missing)
        let counts = before.merging(fresh) { $1 }.filter { $0.key >= hours[24] }
        seen[record.name] = counts
        let recent = hours[...1].compactMap { counts[$0] }
        let lastHour = recent.reduce(into: HourlyCounts()) { $0.add($1) }
        let rates: StatsReport.Rates
        if let lastLook, now > lastLook, !before.isEmpty {
            let old = hours[...1].compactMap { before[$0] }.reduce(into: HourlyCounts()) { $0.add($1) }
            rates = StatsReport.Rates(
                entered: max(0, lastHour.entered - old.entered),
                ended: max(0, lastHour.ended - old.ended),
                span: now.duration(since: lastLook),
                isLive: true
            )
        } else {
            let span = Duration.milliseconds(now.milliseconds % 3_600_000 + 3_600_000)
            rates = .init(entered: lastHour.entered, ended: lastHour.ended, span: span, isLive: false)
        }
        return StatsReport.Queue(
            record: record,
            hour: lastHour,
            day: counts.values.reduce(into: HourlyCounts()) { $0.add($1) },
            rates: rates
        )
    }
}
