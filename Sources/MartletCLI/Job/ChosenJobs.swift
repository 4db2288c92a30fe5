internal import ArgumentParser
internal import Martlet

/// The arguments that choose the jobs to change: ids, or the options of a filter.
struct ChosenJobs: ParsableArguments {
    @Argument(help: "Ids of jobs: queue/id. Without any, the options below choose.", transform: JobID.argument)
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

    /// Changes the chosen jobs.
    ///
    /// It calls `onMissing` when there is no job of one of the ids. A deadline is for restarts.
    func run(
        _ kind: JobChange,
        deadline: JobDeadline? = nil,
        onMissing: (Inspector) async throws -> Void = { _ in }
    ) async throws {
        try await change.withInspector { inspector in
            if !ids.isEmpty {
                let known = try await inspector.present(ids)
                if known.count < Set(ids).count { try await onMissing(inspector) }
                guard !known.isEmpty else { throw ExitCode.noMatch }
                try await change.run(
                    kind,
                    known,
                    scope: JobChangeRequest.text(known),
                    asksFirst: kind == .delete,
                    deadline: deadline,
                    inspector
                )
                if known.count < Set(ids).count { throw ExitCode.failure }
                return
            }
            let filter = try filter.filter(states: kind.states, now: try await inspector.now())
            try await change.run(kind, filter, limit: try limit, deadline: deadline, inspector)
        }
    }

    private var limit: Int {
        get throws { try filter.kind.limit(default: ChangeOptions.most, most: ChangeOptions.most) }
    }
}

extension Inspector {
    /// Finds the jobs that these ids, or beginnings of ids, name, each once.
    ///
    /// It says so when an id names none.
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
    /// Refuses a state in which a job can't be changed like this.
    func check(_ status: [JobState]) throws {
        guard let wrong = status.first(where: { !states.contains($0) }) else { return }
        let right = JobState.allCases.filter(states.contains).map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--status \(wrong.rawValue): \(rawValue) takes jobs that are \(right).")
    }
}
