internal import Algorithms

extension Inspector {
    /// The number of jobs that are changed before progress is reported, and before the change can be stopped.
    private static let batch = 100
    /// The number of jobs that go to Redis at once; Redis serves all that one connection has sent before it turns to
    /// another.
    private static let burst = 20

    /// Restarts, cancels or deletes jobs in batches of 100, and notes it in the audit list.
    ///
    /// - Parameters:
    ///   - request: The change, and the jobs that it is made to.
    ///   - progress: Called after each batch with the report so far and the results of its jobs. When it returns false,
    ///     or the task is cancelled, no further batch is begun.
    /// - Returns: The numbers of jobs that were changed, refused or missed.
    /// - Throws: ``JobError`` when Redis fails. The batches before stay done, and the audit list says how many jobs
    ///   that were.
    public func change(
        _ request: JobChangeRequest,
        progress: (ChangeReport, [ChangedJob]) -> Bool = { _, _ in true }
    ) async throws(JobError) -> ChangeReport {
        var report = ChangeReport(total: request.jobs.count)
        let note = AuditNote(
            by: request.operator,
            action: request.action.rawValue,
            scope: request.scope,
            matched: request.jobs.count
        )
        try await store.note(note)
        do throws(JobError) {
            for batch in request.jobs.chunks(ofCount: Self.batch) {
                let results = try await change(request, batch: Array(batch), &report)
                guard progress(report, results), !Task.isCancelled else { break }
            }
        } catch {
            let failure = error
            // The note fails for the same reason, so the first error is the one to report.
            do throws(JobError) { try await store.note(note, done: report.done, failed: report.failed) } catch {
                throw failure
            }
            throw failure
        }
        try await store.note(note, done: report.done, failed: report.failed)
        return report
    }

    private func change(
        _ request: JobChangeRequest,
        batch: [JobID],
        _ report: inout ChangeReport
    ) async throws(JobError) -> [ChangedJob] {
        var meant: Set<JobID>?
        if let filter = request.filter { meant = Set(try await jobs(batch).filter(filter.matches).map(\.id)) }
        var results: [ChangedJob] = []
        for burst in batch.chunks(ofCount: Self.burst) {
            var failure: JobError?
            let outcomes = await outcomes(request, Array(burst), meant)
            for id in burst {
                switch outcomes[id]?.result {
                case nil: break
                case .success(let result):
                    report.add(result)
                    results.append(ChangedJob(id: id, result: result))
                case .failure(let error): failure = error
                }
            }
            if let failure { throw failure }
        }
        return results
    }

    private struct Outcome: Sendable {
        let id: JobID
        let result: Result<ChangeResult, JobError>
    }

    /// The results of a change by job; each job is a script call of its own, and the calls are sent together.
    private func outcomes(
        _ request: JobChangeRequest,
        _ ids: [JobID],
        _ meant: Set<JobID>?
    ) async -> [JobID: Outcome] {
        await withTaskGroup(of: Outcome.self, returning: [JobID: Outcome].self) { tasks in
            for id in ids {
                let isMeant = meant?.contains(id) ?? true
                tasks.addTask { await isMeant ? outcome(request, id) : Outcome(id: id, result: .success(.changed)) }
            }
            var outcomes: [JobID: Outcome] = [:]
            for await outcome in tasks { outcomes[outcome.id] = outcome }
            return outcomes
        }
    }

    private func outcome(_ request: JobChangeRequest, _ id: JobID) async -> Outcome {
        do throws(JobError) {
            return Outcome(id: id, result: .success(try await change(request, id)))
        } catch {
            return Outcome(id: id, result: .failure(error))
        }
    }

    private func change(_ request: JobChangeRequest, _ id: JobID) async throws(JobError) -> ChangeResult {
        do throws(JobError) {
            switch request.change {
            case .restart:
                try await store.restart(id, deadline: request.deadline)
                return .restarted
            case .delete:
                try await store.delete(id)
                return .deleted
            case .cancel:
                switch try await cancel(id) {
                case .cancelled: return .cancelled
                case .requested(let worker): return .requested(worker: worker)
                case .finished(let state): return .refused("\(id) had finished before (\(state.title))")
                }
            }
        } catch  where error.code == .notFound {
            return .notFound
        } catch  where error.code == .refused {
            return .refused(error.message)
        } catch {
            throw error
        }
    }
}
