extension JobClient {
    /// Enqueues jobs that had gone from Redis once more, and notes it in the audit list as a restart.
    ///
    /// - Throws: ``JobError`` as ``JobClient/enqueue(_:)`` does; the audit list then says that it failed.
    package func enqueueAgain(_ jobs: [NewJob], by operator: Operator) async throws(JobError) -> [EnqueuedJob] {
        let scope = JobChangeRequest.text(jobs.map(\.id))
        let note = AuditNote(by: `operator`, action: AuditAction.restartJob.rawValue, scope: scope, matched: jobs.count)
        try await store.note(note)
        let entered: [EnqueuedJob]
        do throws(JobError) {
            entered = try await enqueue(jobs)
        } catch {
            let failure = error
            // The note fails for the same reason, so the first error is the one to report.
            do throws(JobError) { try await store.note(note, done: 0, failed: jobs.count) } catch { throw failure }
            throw failure
        }
        let done = entered.count { $0.isNew }
        try await store.note(note, done: done, failed: entered.count - done)
        return entered
    }
}
