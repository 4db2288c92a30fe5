internal import ArgumentParser
internal import Martlet

struct WorkerShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one worker: what it is, what it takes, and what it runs now."
    )

    @Argument(help: "The worker's id, or a beginning of it that no other has.")
    var worker: String
    @OptionGroup var options: ReadOptions

    func run() async throws {
        try await options.withInspector { inspector in
            let worker = try await inspector.worker(named: worker)
            let leader = try await inspector.leader()?.worker
            guard !options.json else { return Terminal.print(json: worker.json(leader: leader)) }
            let now = try await inspector.now()
            Facts.print("worker", worker.id)
            Facts.print("marks", worker.marks(leader: leader))
            Facts.print("host", worker.host)
            Facts.print("pid", worker.pid.map { "\($0)" })
            Facts.print("version", worker.version)
            Facts.print("release", worker.release)
            Facts.print("queues", worker.queues.joined(separator: " "))
            Facts.print("types", worker.types.joined(separator: " "))
            Facts.print("busy", "\(worker.running) of \(worker.concurrency)")
            Facts.print("memory", worker.memoryText)
            Facts.print("since", worker.startedAt.map { Moment.both($0, now: now) })
            Facts.print("heard", Moment.both(worker.heartbeat, now: now))
            Facts.print("claimed", worker.claimedAt.map { Moment.both($0, now: now) })
            for (name, count) in [("stuck", worker.stuck), ("stale", worker.stale)] where count > 0 {
                Facts.print(name, "\(count)")
            }
            let ids = worker.jobs.compactMap { try? JobID($0) }  // what is no id is shown as it is, below
            guard !worker.jobs.isEmpty else { return }
            let jobs = try await inspector.records(ids)
            Terminal.print("")
            Terminal.print("Jobs now")
            if ids.count < worker.jobs.count { Facts.print("as it says", worker.jobs.joined(separator: " ")) }
            Table(jobs: jobs, now: now).print()
        }
    }
}
