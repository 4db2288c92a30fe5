internal import ArgumentParser
internal import Martlet
internal import MartletArchive

struct JobRestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Restart finished jobs, with all their retries.",
        discussion: """
            martlet job restart mail/01k…
            martlet job restart --status error --type user.import --since yesterday

            A job that has gone from Redis to the archive is named by its id: with --archive it is enqueued again, under \
            that id, with its payload and its options.
            """
    )

    @OptionGroup var jobs: ChosenJobs
    @OptionGroup var archive: ArchiveOption
    @Option(
        help: "Give them this deadline, for example 10m or a time. One whose deadline has passed needs it.",
        transform: DeadlineArgument.init
    )
    var deadline: DeadlineArgument?

    func validate() throws { try jobs.check(.restart) }

    func run() async throws {
        guard archive.isGiven, !jobs.ids.isEmpty else {
            return try await jobs.run(.restart, deadline: deadline?.deadline) { inspector in
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
            if !alive.ids.isEmpty { try await alive.run(.restart, deadline: deadline?.deadline) }
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
        let found = try await archive.withHistory { history in
            var found: [NewJob] = []
            let now = try await client.inspector.now()
            for id in ids {
                let passed = try await history.job(id)?.deadline.map { $0 <= now } ?? false
                guard !passed || deadline != nil else {
                    Terminal.say("the deadline of \(id) has passed; restart it with a new one: --deadline 10m")
                    throw ExitCode.failure
                }
                if let job = try await history.newJob(id, deadline: deadline?.deadline) { found.append(job) }
            }
            return found
        }
        for job in try await client.enqueueAgain(found, by: try jobs.change.options.operating()) {
            if job.isNew {
                Terminal.print("\(job.id): waiting to run, enqueued again out of the archive")
            } else {
                Terminal.say("\(job.id) is in Redis again; nothing was changed")
            }
        }
    }
}
