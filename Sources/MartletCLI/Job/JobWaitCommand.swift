internal import ArgumentParser
internal import Martlet
internal import MartletArchive

struct JobWaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until jobs have finished, and say how they ended.",
        discussion: """
            Exit code 0 when all ended in Successful or Warning, 1 when one ended in Error or was cancelled, 3 when there \
            is no such job, 69 when nobody knows how one ended (Redis did not answer in time, or nothing was kept of the \
            job), 75 when one had not finished in time.

            While Redis is away the command waits for it, until --timeout. Without --timeout it gives up only where \
            Redis did not answer at its start.

            id=$(martlet job enqueue report.daily) && martlet job wait "$id" --timeout 10m
            """
    )

    @Argument(help: "Ids of jobs: queue/id.", transform: JobID.argument)
    var ids: [JobID]
    @Option(help: "Wait this long at most, for example 30s or 10m. Default: as long as it takes.")
    var timeout: DurationArgument?
    @OptionGroup var options: ReadOptions
    @OptionGroup var archive: ArchiveOption

    func run() async throws {
        try await options.withInspector { inspector in
            var patience = OutagePatience(timeout: timeout?.duration)
            var open: [JobID] = []
            for id in ids {
                open.append(
                    try await patience.ask { () -> JobID in
                        if let past = try await archive.id(id, unlessIn: inspector) { return past }
                        return try await inspector.named(id)
                    }
                )
            }
            var (hasFailed, hasGone) = (false, false)
            while true {
                let asked = open
                let states = try await patience.ask { try await self.states(of: asked, inspector) }
                for (id, state) in zip(open, states) where state?.isFinished ?? true {
                    hasFailed = hasFailed || state == .error || state == .cancelled
                    hasGone = hasGone || state == nil
                    tell(id, state)
                }
                open = zip(open, states).filter { !($1?.isFinished ?? true) }.map(\.0)
                if open.isEmpty { break }
                if patience.isOver {
                    Terminal.say("not finished in time: \(open.map { "\($0)" }.joined(separator: " "))")
                    throw ExitCode.late
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            if hasFailed { throw ExitCode.failure }
            if hasGone { throw ExitCode.unknown }
        }
    }

    /// Reads the states of the jobs.
    ///
    /// The archive, where one is given, tells the states of jobs that have gone from Redis.
    private func states(of ids: [JobID], _ inspector: Inspector) async throws -> [JobState?] {
        var states = try await inspector.states(ids)
        guard states.contains(nil) else { return states }
        try await archive.withHistoryIfAny { history in
            for (index, id) in ids.enumerated() where states[index] == nil {
                states[index] = try await history.job(id)?.state
            }
        }
        return states
    }

    /// Prints how a job ended.
    ///
    /// A job that keeps nothing is gone with its end, so how it ended is unknown.
    private func tell(_ id: JobID, _ state: JobState?) {
        if options.json {
            let word = state.map { JSONValue.string($0.rawValue) } ?? .null
            Terminal.print(json: JSONValue.object(["id": .string("\(id)"), "state": word]).text)
        } else {
            Terminal.print("\(id): \(state?.title ?? "has gone, and nothing of it was kept")")
        }
    }
}
