internal import Foundation
internal import Martlet

extension StatsReport {
    /// Formats the report as lines that fit into `width` columns, escaped.
    ///
    /// `isLive` is true for a screen that is drawn again and again, with room only for the number of workers.
    func lines(width: Int?, isLive: Bool = false) -> [String] {
        let hour = Moment.span(hourSpan)
        let areLive = queues.contains { $0.rates.isLive }
        let rates = areLive ? "IN/S and OUT/S since the last look, ERRORS" : "IN/S, OUT/S and ERRORS"
        var lines = queueTable.lines(width: width) + ["\(rates) of the last \(hour)", ""]
        if isLive {
            let running = workers.reduce(0) { $0 + $1.running }
            let places = workers.reduce(0) { $0 + $1.concurrency }
            lines.append(workers.isEmpty ? Self.nobody : "workers: \(workers.count), running \(running) of \(places)")
            lines.append("")
        }
        lines += finishedTable.lines(width: width)
        lines += timeTable("LAST \(span(hourSpan))", \.hour, width)
        lines += timeTable("LAST \(span(daySpan))", \.day, width)
        if isLive { return lines }
        lines.append("")
        if workers.isEmpty { lines.append(Self.nobody) }
        for worker in workers {
            lines.append(
                Printable.escaped(
                    "worker \(worker.id): running \(worker.running) of \(worker.concurrency), "
                        + "queues \(worker.queues.joined(separator: " "))"
                )
            )
        }
        if let archiver { lines.append(Printable.escaped(archiver.text(now: time))) }
        return lines
    }

    private var queueTable: Table {
        var table = Table(["QUEUE", "WAITING", "OLDEST", "SCHEDULED", "RUNNING", "IN/S", "OUT/S", "ERRORS"])
        for queue in queues {
            let record = queue.record
            func count(_ state: JobState) -> String { "\(record.counts[state] ?? 0)" }
            table.add([
                record.pause == nil ? queue.name : "\(queue.name), paused", count(.waiting),
                record.oldestWaiting.map { Moment.span(from: $0, to: time) } ?? "-", count(.scheduled),
                count(.running), rate(queue.rates.inPerSecond), rate(queue.rates.outPerSecond),
                queue.hour.errorShare.map { String(format: "%.1f %%", $0 * 100) } ?? "-",
            ])
        }
        return table
    }

    /// The table of the finished jobs that are kept, and of those that finished lately.
    private var finishedTable: Table {
        let states = JobState.allCases.filter(\.isFinished)
        var table = Table(["FINISHED"] + states.map { $0.rawValue.uppercased() } + ["RETRIED"])
        for queue in queues {
            table.add(["\(queue.name), kept"] + states.map { "\(queue.record.counts[$0] ?? 0)" } + ["-"])
            let recent = states.map { "\(queue.hour.finished[$0] ?? 0)" }
            table.add(["\(queue.name), last \(Moment.span(hourSpan))"] + recent + ["\(queue.hour.retried)"])
        }
        for (queue, counts) in archived {
            table.add(["\(queue), archived"] + states.map { "\(counts[$0] ?? 0)" } + ["-"])
        }
        return table
    }

    /// Lines with the waits and runs by type, after a blank line; none when there are no types.
    private func timeTable(_ title: String, _ window: KeyPath<Queue, HourlyCounts>, _ width: Int?) -> [String] {
        var rows: [[String]] = []
        let withTypes = queues.filter { !$0[keyPath: window].types.isEmpty }
        for queue in withTypes {
            for (type, counts) in queue[keyPath: window].types.sorted(by: { $0.key < $1.key }) {
                let spans = [counts.wait, counts.run].flatMap { times in
                    [0.5, 0.95, 0.99].map { times.quantile($0).map { Moment.span($0) } ?? "-" }
                }
                // The queue is named only when there is more than one.
                let name = withTypes.count > 1 ? [queue.name] : []
                rows.append([type, "\(counts.run.total)", "\(counts.errors)"] + spans + name)
            }
        }
        guard !rows.isEmpty else { return [] }
        let header = [title, "RUNS", "ERROR", "WAIT P50", "P95", "P99", "RUN P50", "P95", "P99"]
        var table = Table(header + (withTypes.count > 1 ? ["QUEUE"] : []))
        rows.forEach { table.add($0) }
        return [""] + table.lines(width: width)
    }

    private func span(_ span: Duration) -> String { Moment.span(span).uppercased() }

    private func rate(_ perSecond: Double) -> String {
        perSecond == 0 ? "0" : String(format: perSecond < 10 ? "%.2f" : perSecond < 100 ? "%.1f" : "%.0f", perSecond)
    }
}
