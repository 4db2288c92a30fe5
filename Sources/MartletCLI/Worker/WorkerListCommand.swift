internal import ArgumentParser
internal import Martlet

struct WorkerListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the living workers: what they take, how busy they are, and when they were last heard of."
    )

    @OptionGroup var options: ReadOptions

    func run() async throws {
        try await options.withInspector { inspector in
            let workers = try await inspector.workers()
            if options.json, let alarm = workers.alarm { Terminal.say(Printable.escaped(alarm)) }
            if workers.isEmpty {
                if !options.json { Terminal.alert(workers.alarm ?? "") }
                throw ExitCode.noMatch
            }
            let leader = try await inspector.leader()?.worker
            guard !options.json else { return workers.forEach { Terminal.print(json: $0.json(leader: leader)) } }
            let now = try await inspector.now()
            var table = Table([
                "WORKER", "HOST", "PID", "VERSION", "RELEASE", "QUEUES", "BUSY", "JOBS NOW", "MEMORY", "SINCE", "HEARD",
                "MARKS",
            ])
            for worker in workers.sorted(by: { $0.id < $1.id }) {
                let jobs = worker.jobs.prefix(2).joined(separator: " ") + (worker.running > 2 ? " …" : "")
                table.add([
                    worker.id, worker.host ?? "-", worker.pid.map { "\($0)" } ?? "-", worker.version ?? "-",
                    worker.release ?? "-", worker.queues.isEmpty ? "-" : worker.queues.joined(separator: " "),
                    "\(worker.running)/\(worker.concurrency)", jobs.isEmpty ? "-" : jobs, worker.memoryText ?? "-",
                    worker.startedAt.map { Moment.span(from: $0, to: now) } ?? "-",
                    Moment.relative(worker.heartbeat, now: now), worker.marks(leader: leader),
                ])
            }
            table.print()
            if let alarm = workers.alarm { Terminal.alert(alarm) }
        }
    }
}
