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
    /// `lua/cancel`: scheduled | waiting → cancelled; a running job is asked for.
    package func cancel(_ id: JobID) async throws(JobError) -> CancelReply {
        let reply = try await run(.cancel, on: keys.queue(id.queue), [RedisArgument(id.local)])
        switch (reply.word, reply.words.first ?? "") {
        case ("ok", _): return .cancelled
        case ("requested", let worker): return .requested(worker: worker)
        case ("gone", _): throw JobError(.notFound, "there is no job \(id)")
        case ("finished", let word):
            guard let state = JobState(rawValue: word) else { throw reply.malformed() }
            return reply.isResent && state == .cancelled ? .cancelled : .finished(state)
        default: throw reply.malformed()
        }
    }

    /// `lua/restart`: any finished state → waiting.
    /// - Throws: ``JobError`` with the code `refused` when the job has not finished, `notFound` when there is none.
    package func restart(_ id: JobID) async throws(JobError) {
        let reply = try await run(.restart, on: keys.queue(id.queue), [RedisArgument(id.local)])
        switch reply.word {
        case "ok": return
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
        let reply = try await run(.delete, on: keys.queue(id.queue), [RedisArgument(id.local)])
        switch reply.word {
        case "ok": return
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
