internal import ArgumentParser
internal import Foundation
internal import Martlet

struct JobListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List jobs: running ones first, then the next to run, the next to fall due, and the last finished.",
        discussion: "Successful jobs are left out unless --all or --status asks for them."
    )

    @OptionGroup var filter: FilterOptions
    @OptionGroup var options: ReadOptions
    @OptionGroup var archive: ArchiveOption

    @Option(
        help: ArgumentHelp(
            "Continue after this cursor, which the list before prints last; with --json each job has its own.",
            valueName: "cursor"
        ),
        transform: JobCursor.argument
    )
    var after: JobCursor?

    func validate() throws {
        _ = try filter.kind.limit(default: 50, most: 500)
        guard after == nil || filter.kind.sort == .attention || !archive.isGiven else {
            throw ValidationError(
                "--after goes through Redis alone when the order is by time: leave the archive out, or go on with "
                    + "--until or --since."
            )
        }
    }

    func run() async throws {
        try await options.withInspector { inspector in
            let now = try await inspector.now()
            let filter = try filter.filter(states: Set(JobState.allCases), now: now)
            let limit = try self.filter.kind.limit(default: 50, most: 500)
            // A person waits for the list, while a program gets all that there is.
            let budget = options.json ? SearchBudget.all : .page
            let found = try await inspector.find(filter, after: after, limit: limit, budget: budget)
            let jobs = try await archive.adding(to: found.jobs, filter, limit: limit)
            defer { remark(found, filter, jobs, isFull: jobs.count == limit) }
            guard !jobs.isEmpty else {
                let isWhole = self.filter.kind.all || !self.filter.kind.status.isEmpty
                let what = after == nil ? "no jobs" : "no more jobs"
                Terminal.say(isWhole ? what : "\(what) (successful ones are shown with --all)")
                throw ExitCode.noMatch
            }
            guard !options.json else { return jobs.forEach { Terminal.print(json: $0.json(found.cursor(of: $0))) } }
            Table(jobs: jobs, now: now).print()
        }
    }

    /// Says that jobs were left out, and how to list them.
    private func remark(_ found: FoundJobs, _ filter: JobFilter, _ jobs: [JobRecord], isFull: Bool) {
        let isFromArchive = archive.isGiven && isFull && (found.isComplete || Set(jobs) != Set(found.jobs))
        guard !found.isComplete || isFromArchive else { return }
        if isFromArchive {
            let last = jobs.last.flatMap { $0.state.isFinished ? $0.moment : nil }
            let next = last.map { (filter.order == .oldest ? "--since " : "--until ") + Moment.absolute($0) }
            let way = ["--limit", next].compactMap(\.self).joined(separator: ", ")
            return Terminal.say("\(jobs.count) shown, there may be more: \(way)")
        }
        let next = found.next.map { "the same with --after \($0)" }
        if found.isCut {
            let way = [next.map { "\($0) goes on" }, "--queue, --status and --since narrow it"].compactMap(\.self)
            let ways = way.joined(separator: "; ")
            Terminal.say("looked at \(found.examined) of \(found.total) jobs; \(ways)")
        } else {
            let way = next ?? "--limit, --queue or --status"
            Terminal.say("\(found.jobs.count) shown, there may be more (of \(found.total) looked through): \(way)")
        }
    }
}

extension JobCursor {
    /// Reads a cursor from an argument.
    fileprivate static func argument(_ text: String) throws -> JobCursor {
        do throws(JobError) {
            return try JobCursor(text)
        } catch {
            throw ValidationError(error.message)
        }
    }
}

extension Table {
    /// Makes the table of a list of jobs.
    init(jobs: [JobRecord], now: Date) {
        self.init(["ID", "TYPE", "STATUS", "ATTEMPT", "WHEN", "OBJECT", "REMARK"])
        for job in jobs {
            add([
                "\(job.id)", job.type, job.status, "\(job.attempt)", job.when(now: now),
                job.object ?? job.schedule.map { "schedule \($0)" } ?? "-", job.remark,
            ])
        }
    }
}
