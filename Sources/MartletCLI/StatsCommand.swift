internal import ArgumentParser
internal import Martlet

struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Counts jobs by queue and state, and names the workers."
    )

    @Flag(help: "One JSON object a line: queues, then workers, then the archiver.")
    var json = false
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await connection.withClient { client in
            let inspector = client.inspector
            let now = try await inspector.now()
            let queues = try await inspector.queues()
            var table = Table(["QUEUE"] + JobState.allCases.map { $0.rawValue.uppercased() } + ["OLDEST WAITING"])
            for queue in queues {
                let counts = try await inspector.counts(queue: queue)
                let oldest = try await inspector.oldestWaiting(queue: queue)
                if json {
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
            if json {
                if workers.isEmpty { Terminal.say(nobody) }
                for worker in workers {
                    let fields = worker.fields.mapValues { JSONValue.string($0) }
                    let named = fields.merging(["worker": .string(worker.id)]) { $1 }
                    Terminal.print(json: JSONValue.object(named).text)
                }
                if let archiver = try await inspector.archiver() { Terminal.print(json: archiver.json) }
                return
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
