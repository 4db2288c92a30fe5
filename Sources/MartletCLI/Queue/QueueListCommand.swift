internal import ArgumentParser
internal import Martlet

struct QueueListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the queues: how many jobs wait in each, how many workers take them, and pauses."
    )

    @OptionGroup var options: ReadOptions

    func run() async throws {
        try await options.withInspector { inspector in
            let queues = try await inspector.queues()
            guard !queues.isEmpty else {
                Terminal.say("no queues: nothing was enqueued yet, and no worker has come")
                throw ExitCode.noMatch
            }
            let workers = try await inspector.workers()
            if options.json {
                return queues.forEach { Terminal.print(json: $0.json(workers: workers.taking($0.name).count)) }
            }
            let now = try await inspector.now()
            var table = Table([
                "QUEUE", "WAITING", "SCHEDULED", "RUNNING", "ERROR", "OLDEST WAITING", "WORKERS", "STATE",
            ])
            for queue in queues {
                let counts = [JobState.waiting, .scheduled, .running, .error].map { "\(queue.counts[$0] ?? 0)" }
                let oldest = queue.oldestWaiting.map { Moment.span(from: $0, to: now) } ?? "-"
                let taking = workers.taking(queue.name).count
                table.add([queue.name] + counts + [oldest, "\(taking)", queue.pause?.text(now: now) ?? "open"])
            }
            table.print()
        }
    }
}

extension [WorkerRecord] {
    /// The workers that take jobs of a queue.
    func taking(_ queue: String) -> [WorkerRecord] { filter { $0.queues.contains(queue) } }
}
