internal import RedisClient
internal import MartletScripts

/// The outcome of an operator's request to cancel a job.
public enum CancelReply: Sendable, Hashable {
    /// The job is cancelled.
    case cancelled
    /// The job is running; the worker was told, and the job is cancelled when the attempt ends.
    case requested(worker: String)
    /// The job had finished before, in this state; nothing was changed.
    case finished(JobState)
}

extension JobStore {
    /// Runs a script that changes a job for an operator, with the version of the job that is there now.
    ///
    /// A copy of the call that arrives late, after the job ran again, then changes nothing. A job that was changed
    /// between the look and the call is looked at again, ten times at most.
    private func change(
        _ name: ScriptName,
        _ id: JobID,
        _ more: [RedisArgument] = []
    ) async throws(JobError) -> ScriptReply {
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
                [RedisArgument(id.local), RedisArgument(version)] + more
            )
            looks += 1
            if reply.word != "changed" || reply.isResent { return reply }
            guard looks < 10 else { throw JobError(.refused, "\(id) changes all the time; try again") }
        }
    }

    /// Cancels a job: scheduled | waiting → cancelled; the worker of a running job is asked to stop it
    /// (`lua/job/cancel.lua`).
    package func cancel(_ id: JobID) async throws(JobError) -> CancelReply {
        let reply = try await change(.cancel, id)
        switch (reply.word, reply.words.first ?? "") {
        case ("ok", _): return .cancelled
        case ("requested", let worker): return .requested(worker: worker)
        case ("gone", _): throw JobError(.notFound, "there is no job \(id)")
        // The first sending was done, and the job has been restarted since.
        case ("changed", _): return .cancelled
        case ("finished", let word):
            guard let state = JobState(rawValue: word) else { throw reply.malformed() }
            return reply.isResent && state == .cancelled ? .cancelled : .finished(state)
        default: throw reply.malformed()
        }
    }

    /// Restarts a job: any finished state → waiting (`lua/job/restart.lua`).
    ///
    /// - Parameters:
    ///   - id: The job's full id.
    ///   - deadline: The deadline that holds from now on. Default: the one that the job has.
    /// - Throws: ``JobError`` with the code `refused` when the job has not finished or its deadline has passed,
    ///   `notFound` when there is no such job, `invalid` for a deadline that is not after now.
    package func restart(_ id: JobID, deadline: JobDeadline? = nil) async throws(JobError) {
        try deadline?.check()
        let time = (deadline?.option).map { ($0.name, RedisArgument($0.milliseconds)) }
        let arguments = [JobField.deadline.rawValue, "deadline_ms"].map { time?.0 == $0 ? time?.1 ?? "" : "" }
        let reply = try await change(.restart, id, deadline == nil ? [] : arguments)
        switch reply.word {
        case "ok": return
        // The first sending was done, and the job has finished once more.
        case "changed": return
        case "gone": throw JobError(.notFound, "there is no job \(id)")
        case "passed":
            throw JobError(.refused, "the deadline of \(id) has passed; restart it with a new one")
        case "invalid": throw reply.invalid()
        case "unfinished":
            let state = reply.words.first.flatMap(JobState.init(rawValue:))
            if reply.isResent && state == .waiting { return }
            throw JobError(.refused, "\(id) has not finished (\(state?.title ?? "")); only a finished job is restarted")
        default: throw reply.malformed()
        }
    }

    /// Deletes a job: any state but running → nothing (`lua/job/delete.lua`).
    ///
    /// - Throws: ``JobError`` with the code `refused` when the job is running, `notFound` when there is no such job.
    package func delete(_ id: JobID) async throws(JobError) {
        let reply = try await change(.delete, id)
        switch reply.word {
        case "ok": return
        // The first sending was done, and the id is in use again.
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
}
