internal import ArgumentParser
internal import Martlet
internal import MartletArchive

struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Counts jobs by queue and state, and names the workers."
    )

    @OptionGroup var options: ReadOptions
    @OptionGroup var archive: ArchiveOption

    func run() async throws {
        try await options.withInspector { inspector in
            let now = try await inspector.now()
            let queues = try await inspector.queues()
            var table = Table(["QUEUE"] + JobState.allCases.map { $0.rawValue.uppercased() } + ["OLDEST WAITING"])
            for queue in queues {
                let counts = try await inspector.counts(queue: queue)
                let oldest = try await inspector.oldestWaiting(queue: queue)
                if options.json {
                    var fields: [String: JSONValue] = ["queue": .string(queue)]
                    for (state, count) in counts { fields[state.rawValue] = .integer(Int64(count)) }
                    fields["oldest_waiting_ms"] = oldest.map { .integer(max(0, now &- $0)) }
                    Terminal.print(json: JSONValue.object(fields).text)
                } else {
                    let row = JobState.allCases.map { "\(counts[$0] ?? 0)" }
                    table.add([queue] + row + [oldest.map { Moment.span(from: $0, to: now) } ?? "-"])
                }
            }
            let workers = try await inspector.workers()
            let nobody = "No workers: nothing will run."
            if options.json {
                if workers.isEmpty { Terminal.say(nobody) }
                for worker in workers {
                    let fields = worker.fields.mapValues { JSONValue.string($0) }
                    let named = fields.merging(["worker": .string(worker.id)]) { $1 }
                    Terminal.print(json: JSONValue.object(named).text)
                }
                if let archiver = try await inspector.archiver() { Terminal.print(json: archiver.json) }
                try await archive.withHistoryIfAny { history in
                    for queue in try await history.queues() {
                        var fields: [String: JSONValue] = ["archived_queue": .string(queue)]
                        for (state, count) in try await history.counts(HistoryFilter(queues: [queue])) {
                            fields[state.rawValue] = .integer(Int64(count))
                        }
                        Terminal.print(json: JSONValue.object(fields).text)
                    }
                }
                return
            }
            try await archive.withHistoryIfAny { history in
                for queue in try await history.queues() {
                    let counts = try await history.counts(HistoryFilter(queues: [queue]))
                    table.add(["\(queue), archived"] + JobState.allCases.map { "\(counts[$0] ?? 0)" } + ["-"])
                }
            }
            table.print()
            Terminal.print("")
            if workers.isEmpty { Terminal.print(nobody) }
            for worker in workers {
                let fields = worker.fields
                Terminal.print(
                    Printable.escaped(
                        "worker \(worker.id): running \(fields["running"] ?? "0") of \(fields["concurrency"] ?? "?"), "
                            + "queues \(fields["queues"] ?? "")"
                    )
                )
            }
            if let archiver = try await inspector.archiver() {
                Terminal.print(Printable.escaped(archiver.text(now: now)))
            }
        }
    }
}
