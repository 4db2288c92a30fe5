internal import Martlet

extension StatsReport {
    /// The report as one JSON object a line: queues, types by queue and window, workers, the archiver, queues of the
    /// archive.
    var json: [String] {
        var lines: [JSONValue] = queues.map { .object(fields($0)) }
        for queue in queues {
            lines += times(queue, "hour", hourSpan, queue.hour) + times(queue, "day", daySpan, queue.day)
        }
        var texts = lines.map(\.text) + workers.map { $0.json(leader: leader) }
        if let archiver { texts.append(archiver.json) }
        for (queue, counts) in archived {
            texts.append(JSONValue.object(["archived_queue": .string(queue)].merging(numbers(counts)) { $1 }).text)
        }
        return texts
    }

    private func fields(_ queue: Queue) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "time": .time(time), "queue": .string(queue.name),
            "in_per_second": .number(queue.rates.inPerSecond), "out_per_second": .number(queue.rates.outPerSecond),
            "rate_ms": .span(queue.rates.span), "error_share": queue.hour.errorShare.map { .number($0) } ?? .null,
            "hour": .object(totals(queue.hour, hourSpan)), "day": .object(totals(queue.day, daySpan)),
            "paused": .bool(queue.record.pause != nil),
        ]
        fields["oldest_waiting_ms"] = queue.record.oldestWaiting.map { .span(max(.zero, time.duration(since: $0))) }
        return fields.merging(numbers(queue.record.counts)) { $1 }
    }

    private func totals(_ counts: HourlyCounts, _ span: Duration) -> [String: JSONValue] {
        var ended = Dictionary(uniqueKeysWithValues: JobState.allCases.filter(\.isFinished).map { ($0, 0) })
        ended.merge(counts.finished) { $1 }
        let others: [String: JSONValue] = [
            "span_ms": .span(span), "enqueued": .integer(Int64(counts.enqueued)),
            "restarted": .integer(Int64(counts.restarted)), "retried": .integer(Int64(counts.retried)),
        ]
        return others.merging(numbers(ended)) { $1 }
    }

    private func times(_ queue: Queue, _ name: String, _ span: Duration, _ counts: HourlyCounts) -> [JSONValue] {
        func quantiles(_ times: DurationHistogram) -> JSONValue {
            guard let median = times.quantile(0.5), let p95 = times.quantile(0.95), let p99 = times.quantile(0.99)
            else { return .null }
            return .object(["p50": .span(median), "p95": .span(p95), "p99": .span(p99)])
        }
        return counts.types.sorted { $0.key < $1.key }.map { type, counts in
            .object([
                "time": .time(time), "queue": .string(queue.name), "type": .string(type), "last": .string(name),
                "span_ms": .span(span), "runs": .integer(Int64(counts.run.total)),
                "error": .integer(Int64(counts.errors)), "retried": .integer(Int64(counts.retried)),
                "wait_ms": quantiles(counts.wait), "run_ms": quantiles(counts.run),
            ])
        }
    }

    private func numbers(_ counts: [JobState: Int]) -> [String: JSONValue] {
        Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, .integer(Int64($0.value))) })
    }
}
