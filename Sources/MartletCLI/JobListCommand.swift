public import ArgumentParser
public import Martlet

struct JobListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists jobs, those that need an eye first.",
        discussion: "Successful jobs are left out unless --all or --status asks for them."
    )

    @Option(help: "Only this queue.")
    var queue: String?
    @Option(
        help: ArgumentHelp("Only this state; may be given more than once.", valueName: "state")
    )
    var status: [JobState] = []
    @Option(help: "Only jobs about this object, for example ldap-source/7.")
    var object: String?
    @Flag(help: "Successful ones too.")
    var all = false
    @Option(help: "At most this many jobs, 1 to 500.")
    var limit: Int = 50
    @Flag(help: "One JSON object a line, without the payloads; times in milliseconds since 1970.")
    var json = false
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        if let queue { _ = try Name.checked(queue, field: "queue") }
        guard (1...500).contains(limit) else { throw ValidationError("--limit \(limit): use 1 to 500.") }
    }

    func run() async throws {
        try await connection.withClient { client in
            let inspector = client.inspector
            let jobs = try await read(inspector)
            guard !jobs.isEmpty else {
                Terminal.say(all || !status.isEmpty ? "no jobs" : "no jobs (successful ones are shown with --all)")
                throw ExitCode.noMatch
            }
            guard !json else { return jobs.forEach { Terminal.print(json: $0.json) } }
            let now = try await inspector.now()
            var table = Table(["ID", "TYPE", "STATUS", "ATTEMPT", "WHEN", "OBJECT", "REMARK"])
            for job in jobs {
                table.add([
                    "\(job.id)", job.type, job.status, "\(job.attempt)", job.when(now: now), job.object ?? "-",
                    job.remark,
                ])
            }
            table.print()
        }
    }

    /// A page of each state and queue asked for, together.
    private func read(_ inspector: Inspector) async throws -> [JobRecord] {
        let queues: [String] = if let queue { [queue] } else { try await inspector.queues() }
        let states = status.isEmpty ? JobState.allCases.filter { all || $0 != .successful } : status
        var jobs: [JobRecord] = []
        for queue in queues {
            if let object {
                jobs += try await read(about: object, in: states, queue: queue, inspector)
                continue
            }
            for state in states {
                jobs += try await inspector.jobs(state, queue: queue, limit: limit)
            }
        }
        return arrange(jobs)
    }

    /// The newest jobs about an object that are in one of the states. The object's set holds those of every state, so
    /// it takes pages until there are enough; not more than 20 of them.
    private func read(
        about object: String,
        in states: [JobState],
        queue: String,
        _ inspector: Inspector
    ) async throws -> [JobRecord] {
        var found: [JobRecord] = []
        var seen: Set<JobID> = []
        for page in 0..<20 {
            let offset = page * Inspector.page
            let jobs = try await inspector.jobs(object: object, queue: queue, offset: offset, limit: Inspector.page)
            // What was enqueued meanwhile has pushed some to this page that the last one had.
            found += jobs.filter { seen.insert($0.id).inserted && states.contains($0.state) }
            if jobs.isEmpty || found.count >= limit { return found }
        }
        Terminal.say(
            "\(Printable.escaped(queue, limit: 128)): only the newest \(20 * Inspector.page) jobs about "
                + "\(Printable.escaped(object, limit: 256)) were looked at"
        )
        return found
    }

    /// Unfinished first, then the last finished.
    private func arrange(_ jobs: [JobRecord]) -> [JobRecord] {
        let order: [JobState] = [.running, .waiting, .scheduled]
        func rank(_ job: JobRecord) -> Int { order.firstIndex(of: job.state) ?? order.count }
        let sorted = jobs.sorted { one, other in
            if rank(one) != rank(other) { return rank(one) < rank(other) }
            return one.state.isFinished ? one.moment > other.moment : one.moment < other.moment
        }
        return Array(sorted.prefix(limit))
    }
}

extension JobState: ExpressibleByArgument {}
