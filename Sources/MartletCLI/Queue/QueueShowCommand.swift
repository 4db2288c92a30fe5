internal import ArgumentParser
internal import Martlet

struct QueueShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one queue: its jobs by state, a pause, and the workers that take from it."
    )

    @Argument(help: "The queue.")
    var queue: String
    @OptionGroup var options: ReadOptions

    func run() async throws {
        try await options.withInspector { inspector in
            guard let record = try await inspector.queue(queue) else { throw try await inspector.noQueue(queue) }
            let workers = try await inspector.workers().taking(queue)
            guard !options.json else { return Terminal.print(json: record.json(workers: workers.count)) }
            let now = try await inspector.now()
            Facts.print("queue", record.name)
            Facts.print("state", record.pause?.text(now: now) ?? "open")
            for state in JobState.allCases {
                Facts.print(state.rawValue, "\(record.counts[state] ?? 0)")
            }
            Facts.print("waits since", record.oldestWaiting.map { Moment.both($0, now: now) })
            Facts.print("next due", record.nextDue.map { Moment.both($0, now: now) })
            guard !workers.isEmpty else { return Terminal.alert("No worker takes this queue: nothing of it will run.") }
            Facts.print("workers", workers.map(\.id).joined(separator: ", "))
        }
    }
}

extension Inspector {
    /// Says that there is no such queue, and names those that exist.
    func noQueue(_ name: String) async throws -> ExitCode {
        let known = try await queueNames()
        let others = known.isEmpty ? "there are none yet" : "there are \(known.prefix(20).joined(separator: ", "))"
        Terminal.say(Printable.escaped("there is no queue \(name); \(others)", limit: 2000))
        return .noMatch
    }
}
