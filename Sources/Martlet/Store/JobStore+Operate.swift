internal import RedisClient
internal import MartletScripts

/// What came of an operator's wish to cancel a job.
public enum CancelReply: Sendable, Hashable {
    /// It is cancelled.
    case cancelled
    /// It is running; the worker named has been told, and the end of the attempt makes it cancelled.
    case requested(worker: String)
    /// It had finished before; nothing was changed.
    case finished(JobState)
}

extension JobStore {
    /// Runs a script that changes a job for an operator, with the version of the job that is there now: a copy of the
    /// call that arrives late, when the job went round once more, changes nothing. A job that was changed between the
    /// look and the call is looked at again.
    private func change(_ name: ScriptName, _ id: JobID) async throws(JobError) -> ScriptReply {
        let fields = ["enqueued_at", "attempt", "due_at", "finished_at"]
        let look = RedisCommand("HMGET", [RedisArgument(keys.job(id))] + fields.map { RedisArgument($0) })
        var looks = 0
        try await checkRights(of: name, on: keys.queue(id.queue))
        while true {
            let values = try await send([look])[0].array ?? []
            let version = values.map { $0.string ?? "-" }.joined(separator: " ")
            let reply = try await run(
                name,
                on: keys.queue(id.queue),
                [RedisArgument(id.local), RedisArgument(version)]
            )
            looks += 1
            if reply.word != "changed" || reply.isResent { return reply }
            guard looks < 10 else { throw JobError(.refused, "\(id) changes all the time; try again") }
        }
    }

    /// `lua/cancel`: scheduled | waiting → cancelled; a running job is asked for.
    package func cancel(_ id: JobID) async throws(JobError) -> CancelReply {
        let reply = try await change(.cancel, id)
        switch (reply.word, reply.words.first ?? "") {
        case ("ok", _): return .cancelled
        case ("requested", let worker): return .requested(worker: worker)
        case ("gone", _): throw JobError(.notFound, "there is no job \(id)")
        // Its first sending was done, and the job has been restarted.
        case ("changed", _): return .cancelled
        case ("finished", let word):
            guard let state = JobState(rawValue: word) else { throw reply.malformed() }
            return reply.isResent && state == .cancelled ? .cancelled : .finished(state)
        default: throw reply.malformed()
        }
    }

    /// `lua/restart`: any finished state → waiting.
    /// - Throws: ``JobError`` with the code `refused` when the job has not finished, `notFound` when there is none.
    package func restart(_ id: JobID) async throws(JobError) {
        let reply = try await change(.restart, id)
        switch reply.word {
        case "ok": return
        // Its first sending was done, and the job has ended once more.
        case "changed": return
        case "gone": throw JobError(.notFound, "there is no job \(id)")
        case "unfinished":
            let state = reply.words.first.flatMap(JobState.init(rawValue:))
            if reply.isResent && state == .waiting { return }
            throw JobError(.refused, "\(id) has not finished (\(state?.title ?? "")); only a finished job is restarted")
        default: throw reply.malformed()
        }
    }

    /// `lua/delete`: any state but running → nothing.
    /// - Throws: ``JobError`` with the code `refused` when the job runs, `notFound` when there is none.
    package func delete(_ id: JobID) async throws(JobError) {
        let reply = try await change(.delete, id)
        switch reply.word {
        case "ok": return
        // Its first sending was done, and the id is in use again.
        case "changed": return
        case "gone":
            if reply.isResent { return }
            throw JobError(.notFound, "there is no job \(id)")
        case "running":
            let worker = Printable.escaped(reply.words.first ?? "", limit: 200)
            throw JobError(.refused, "\(id) runs, on worker \(worker): cancel it first")
        default: throw reply.malformed()
        }
    }

    /// `lua/prune`: deletes finished jobs that are past retention, at most `limit`.
    /// - Parameters:
    ///   - successful: age to which successful jobs are kept; nil where an archiver takes all jobs, then none goes by
    ///     age.
    ///   - others: the same of the other finished ones.
    /// - Returns: how many went.
    package func prune(
        queue: String,
        limit: Int,
        successful: Duration?,
        others: Duration?,
        maxJobs: Int
    ) async throws(JobError) -> Int {
        let reply = try await run(
            .prune,
            on: keys.queue(queue),
            [
                RedisArgument(limit), successful.map { RedisArgument($0.milliseconds) } ?? "",
                others.map { RedisArgument($0.milliseconds) } ?? "", RedisArgument(maxJobs),
            ]
        )
        guard reply.word == "ok", let deleted = reply.rest.first?.int else { throw reply.malformed() }
        return deleted
    }
}
