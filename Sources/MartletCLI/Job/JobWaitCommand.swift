internal import ArgumentParser
internal import Martlet
internal import MartletArchive

struct JobWaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Waits until jobs have finished, and says how they ended.",
        discussion: """
            Exit code 0 when all ended in Successful or Warning, 1 when one ended in Error or was cancelled, 3 when there \
            is no such job, 75 when the time was up before.

            id=$(martlet job enqueue report.daily) && martlet job wait "$id" --timeout 10m
            """
    )

    @Argument(help: "Ids of jobs: queue/id.", transform: JobID.argument)
    var ids: [JobID]
    @Option(help: "How long to wait at most, for example 30s or 10m. Default: as long as it takes.")
    var timeout: DurationArgument?
    @OptionGroup var options: ReadOptions
    @OptionGroup var archive: ArchiveOption

    /// What to exit with when the time is up: sysexits' EX_TEMPFAIL.
    static let late = ExitCode(75)

    func run() async throws {
        try await options.withInspector { inspector in
            var open: [JobID] = []
            for id in ids {
                if let past = try await archive.id(id, unlessIn: inspector) {
                    open.append(past)
                } else {
                    open.append(try await inspector.named(id))
                }
            }
            let deadline = timeout.map { ContinuousClock.now + $0.duration }
            var hasFailed = false
            while true {
                let states = try await states(of: open, inspector)
                for (id, state) in zip(open, states) where state?.isFinished ?? true {
                    hasFailed = hasFailed || state == nil || state == .error || state == .cancelled
                    tell(id, state)
                }
                open = zip(open, states).filter { !($1?.isFinished ?? true) }.map(\.0)
                if open.isEmpty { break }
                if let deadline, ContinuousClock.now >= deadline {
                    Terminal.say("not finished in time: \(open.map { "\($0)" }.joined(separator: " "))")
                    throw Self.late
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            if hasFailed { throw ExitCode.failure }
        }
    }

    /// Their states; of those that Redis has no more, as the archive has them.
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

    /// A job that kept nothing has gone with its end, and nobody knows how that was.
    private func tell(_ id: JobID, _ state: JobState?) {
        if options.json {
            let word = state.map { JSONValue.string($0.rawValue) } ?? .null
            Terminal.print(json: JSONValue.object(["id": .string("\(id)"), "state": word]).text)
        } else {
            Terminal.print("\(id): \(state?.title ?? "has gone, and nothing of it was kept")")
        }
    }
}
