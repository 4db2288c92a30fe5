internal import ArgumentParser
internal import Martlet

struct JobListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List jobs: running, next to run, next to fall due, last finished.",
        discussion: "Successful jobs are left out unless --all or --status asks for them."
    )

    @OptionGroup var filter: FilterOptions
    @OptionGroup var options: ReadOptions
    @OptionGroup var archive: ArchiveOption

    func validate() throws {
        _ = try filter.kind.limit(default: 50, most: 500)
    }

    func run() async throws {
        try await options.withInspector { inspector in
            let now = try await inspector.now()
            let filter = try filter.filter(states: Set(JobState.allCases), now: now)
            let limit = try self.filter.kind.limit(default: 50, most: 500)
            let found = try await inspector.find(filter, limit: limit)
            let jobs = try await archive.adding(to: found.jobs, filter, limit: limit)
            defer { remark(found, filter, jobs, isFull: jobs.count == limit) }
            guard !jobs.isEmpty else {
                let isWhole = self.filter.kind.all || !self.filter.kind.status.isEmpty
                Terminal.say(isWhole ? "no jobs" : "no jobs (successful ones are shown with --all)")
                throw ExitCode.noMatch
            }
            guard !options.json else { return jobs.forEach { Terminal.print(json: $0.json) } }
            Table(jobs: jobs, now: now).print()
        }
    }

    /// Says what is not shown, and how to see it.
    private func remark(_ found: FoundJobs, _ filter: JobFilter, _ jobs: [JobRecord], isFull: Bool) {
        let isFromArchive = archive.isGiven && isFull && (found.isComplete || Set(jobs) != Set(found.jobs))
        guard !found.isComplete || isFromArchive else { return }
        let last = isFromArchive ? jobs.last.flatMap { $0.state.isFinished ? $0.moment : nil } : found.last
        let next = last.map { time in
            (filter.order == .oldest ? "--since " : "--until ") + Moment.absolute(time)
        }
        if isFromArchive {
            let way = ["--limit", next].compactMap(\.self).joined(separator: ", ")
            return Terminal.say("\(jobs.count) shown, there may be more: \(way)")
        }
        if found.isCut {
            let way = next.map { "go on with \($0), or narrow it" } ?? "narrow it"
            Terminal.say("looked at \(found.examined) of \(found.total) jobs; \(way) with --queue, --status, --since")
        } else {
            let way = next.map { "--limit, \($0)" } ?? "--limit, --queue or --status"
            Terminal.say("\(found.jobs.count) shown, there may be more (of \(found.total) looked through): \(way)")
        }
    }
}

extension Table {
    /// Jobs as a list shows them.
    init(jobs: [JobRecord], now: Int64) {
        self.init(["ID", "TYPE", "STATUS", "ATTEMPT", "WHEN", "OBJECT", "REMARK"])
        for job in jobs {
            add([
                "\(job.id)", job.type, job.status, "\(job.attempt)", job.when(now: now),
                job.object ?? job.schedule.map { "schedule \($0)" } ?? "-", job.remark,
            ])
        }
    }
}
