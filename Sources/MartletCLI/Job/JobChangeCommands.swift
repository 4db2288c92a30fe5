internal import ArgumentParser
internal import Martlet
internal import MartletArchive

struct JobRestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Sends finished jobs round again, with all their retries.",
        discussion: """
            martlet job restart mail/01k…
            martlet job restart --status error --type user.import --since yesterday

            A job that has gone from Redis to the archive is named by its id: with --archive it is enqueued again, under \
            that id, with its payload and its options.
            """
    )

    @OptionGroup var jobs: ChosenJobs
    @OptionGroup var archive: ArchiveOption
    func validate() throws { try jobs.check(.restart) }

    func run() async throws {
        guard archive.isGiven, !jobs.ids.isEmpty else {
            return try await jobs.run(.restart) { inspector in
                guard try await inspector.archiver() != nil else { return }
                Terminal.say("one that has gone to the archive is enqueued again with --archive PATH")
            }
        }
        var alive = jobs
        var isAmbiguous = false
        let past = try await jobs.change.options.connection.withClient { client in
            var past: [JobID] = []
            alive.ids = []
            for id in jobs.ids {
                do {
                    if let id = try await archive.id(id, unlessIn: client.inspector) {
                        if !past.contains(id) { past.append(id) }
                    } else {
                        alive.ids.append(id)
                    }
                } catch let code as ExitCode where code == .noMatch {
                    isAmbiguous = true  // It has been said.
                }
            }
            if !past.isEmpty { try await enqueueAgain(past, client) }
            return past
        }
        do {
            if !alive.ids.isEmpty { try await alive.run(.restart) }
        } catch let code as ExitCode where code == .noMatch && !past.isEmpty {
            throw ExitCode.failure  // Some were.
        }
        guard isAmbiguous else { return }
        throw past.isEmpty && alive.ids.isEmpty ? ExitCode.noMatch : ExitCode.failure
    }

    private func enqueueAgain(_ ids: [JobID], _ client: JobClient) async throws {
        guard !jobs.change.dryRun else {
            return ids.forEach { Terminal.print("restart: \($0), out of the archive") }
        }
        let drafts = try await archive.withHistory { history in
            var drafts: [NewJob] = []
            for id in ids { if let draft = try await history.newJob(id) { drafts.append(draft) } }
            return drafts
        }
        for job in try await client.enqueueAgain(drafts, by: try jobs.change.options.operating()) {
            if job.isNew {
                Terminal.print("\(job.id): waiting to run, enqueued again out of the archive")
            } else {
                Terminal.say("\(job.id) is in Redis again; nothing was changed")
            }
        }
    }
}

struct JobCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancels jobs that have not finished; a running one is told to stop."
    )

    @OptionGroup var jobs: ChosenJobs
    func validate() throws { try jobs.check(.cancel) }
    func run() async throws { try await jobs.run(.cancel) }
}

struct JobDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Deletes jobs and their logs; a running one is to be cancelled first."
    )

    @OptionGroup var jobs: ChosenJobs
    func validate() throws { try jobs.check(.delete) }
    func run() async throws { try await jobs.run(.delete) }
}

/// Which jobs to change: by their ids, or by the filter language.
struct ChosenJobs: ParsableArguments {
    @Argument(help: "Ids of jobs: queue/id. Or say which with the options below.", transform: JobID.argument)
    var ids: [JobID] = []
    @OptionGroup var filter: FilterOptions
    @OptionGroup var change: ChangeOptions

    func check(_ kind: JobChange) throws {
        guard ids.isEmpty != !filter.isGiven else {
            throw ValidationError(
                ids.isEmpty
                    ? "Say which jobs: their ids, or options such as --queue and --status; --all means every one."
                    : "Ids and options that choose jobs exclude each other: give one."
            )
        }
        try kind.check(filter.kind.status)
        _ = try filter.kind.limit(default: ChangeOptions.most, most: ChangeOptions.most)
    }

    /// - Parameter onMissing: called when there is no job of one of the ids.
    func run(_ kind: JobChange, onMissing: (Inspector) async throws -> Void = { _ in }) async throws {
        try await change.withInspector { inspector in
            if !ids.isEmpty {
                let known = try await inspector.present(ids)
                let scope = known.prefix(5).map { "\($0)" }.joined(separator: " ") + (known.count > 5 ? " …" : "")
                if known.count < Set(ids).count { try await onMissing(inspector) }
                guard !known.isEmpty else { throw ExitCode.noMatch }
                try await change.run(kind, known, scope: scope, asksFirst: kind == .delete, inspector)
                if known.count < Set(ids).count { throw ExitCode.failure }
                return
            }
            let filter = try filter.filter(states: kind.states, now: try await inspector.now())
            try await change.run(kind, filter, limit: try limit, inspector)
        }
    }

    private var limit: Int {
        get throws { try filter.kind.limit(default: ChangeOptions.most, most: ChangeOptions.most) }
    }
}

extension Inspector {
    /// Those of the ids, or beginnings of ids, that there is a job of, each once; says of the others that there is
    /// none.
    fileprivate func present(_ ids: [JobID]) async throws -> [JobID] {
        let known = Set(try await records(ids).map(\.id))
        var seen: Set<JobID> = []
        var present: [JobID] = []
        for id in ids {
            do {
                let whole = known.contains(id) ? id : try await named(id, surely: true)
                if seen.insert(whole).inserted { present.append(whole) }
            } catch let code as ExitCode where code == .noMatch {
                continue  // It has been said.
            }
        }
        return present
    }
}

extension JobChange {
    /// Refuses a state that this can't be done in.
    func check(_ status: [JobState]) throws {
        guard let wrong = status.first(where: { !states.contains($0) }) else { return }
        let right = JobState.allCases.filter(states.contains).map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--status \(wrong.rawValue): \(rawValue) takes jobs that are \(right).")
    }
}
