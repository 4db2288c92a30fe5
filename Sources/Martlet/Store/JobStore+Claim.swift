internal import FoundationEssentials
internal import MartletScripts
package import RedisClient

/// A job type that a worker has a handler for, with the defaults of its jobs.
package struct HandledType: Sendable, ExpressibleByStringLiteral {
    package let name: String
    package let arguments: [RedisArgument]

    /// Makes a handled type.
    ///
    /// - Parameters:
    ///   - name: The name of the type.
    ///   - maxRetries: The default number of retries; nil where only the worker can tell, which then ends a job that
    ///     has no attempt left.
    ///   - retention: The default time that a finished job is kept; nil for as long as its state is.
    package init(_ name: String, maxRetries: Int? = nil, retention: Duration? = nil) {
        self.name = name
        self.arguments = [
            RedisArgument(name), maxRetries.map { RedisArgument($0) } ?? "",
            retention.map { RedisArgument($0.milliseconds) } ?? "",
        ]
    }

    package init(stringLiteral name: String) {
        self.init(name)
    }
}

/// The result of one claim.
package struct Claim: Sendable {
    package let jobs: [ClaimedJob]
    /// The local ids of jobs whose hash somebody damaged.
    ///
    /// They are left to their leases, and end in error after as many lost leases as the crash limit.
    package let unreadable: [String]
    /// True when jobs are still waiting.
    package let more: Bool
    /// The rule for the worker's other places, for the sake of suspects: jobs that may have killed their worker.
    package let seclusion: Seclusion
    /// The time until a job falls due or a lease runs out; nil when there is neither.
    package let next: Duration?
    /// No job of the queue waits, runs or is scheduled.
    package let isEmpty: Bool
    /// The number from which this worker has to count on, where its claim came too late: an earlier process had the
    /// same worker id and counted further.
    package var lastNumber: Int?

    /// The rules for the worker's other places.
    package enum Seclusion: Int, Sendable {
        case none = 0
        /// The job that came is a suspect: nothing else may run until it has ended.
        case alone = 1
        /// A suspect waits for an idle worker: the worker takes nothing more until it runs nothing, then claims again.
        case wanted = 2
    }
}

extension JobStore {
    /// Claims up to `limit` jobs of these types, fewer where they are large: waiting → running (`lua/job/claim.lua`).
    ///
    /// The caller counts `number` for each queue. When the reply was lost, it calls again with the same number and
    /// `again`: the jobs that were taken come back, and no others. A job ends in error after `crashLimit` crashes.
    /// Where `isIdle` says that the process runs no job of any queue, it may be given a job that has to run alone.
    /// Where `hasStuck` says that handlers that ignored their cancellation still run in it, it is given such a job only
    /// when no other worker has taken the job for a minute.
    package func claim(
        queue: String,
        worker: String,
        limit: Int,
        lease: Duration,
        number: Int,
        again: Bool,
        crashLimit: Int,
        isIdle: Bool,
        hasStuck: Bool = false,
        types: [HandledType]
    ) async throws(JobError) -> Claim {
        let arguments: [RedisArgument] = [
            RedisArgument(worker), RedisArgument(min(limit, 1000)), RedisArgument(lease.milliseconds),
            RedisArgument(number), again ? "1" : "0", RedisArgument(crashLimit),
            RedisArgument((isIdle ? 1 : 0) + (hasStuck ? 2 : 0)),
        ]
        let reply = try await run(.claim, on: keys.queue(queue), arguments + types.flatMap(\.arguments), resends: false)
        if reply.word == "late", let last = reply.rest.first?.int {
            return Claim(
                jobs: [],
                unreadable: [],
                // The next claim follows at once, under the next number.
                more: true,
                seclusion: .none,
                next: nil,
                isEmpty: false,
                lastNumber: last
            )
        }
        let head = reply.rest.prefix(4).compactMap(\.int)
        guard reply.word == "ok", head.count == 4, let seclusion = Claim.Seclusion(rawValue: head[3]) else {
            throw reply.malformed()
        }
        let startedAt = Date(milliseconds: Int64(head[2]))
        var jobs: [ClaimedJob] = []
        var unreadable: [String] = []
        jobs.reserveCapacity(reply.rest.count - 4)
        var timings = AttemptTimings(startedAt: startedAt)
        for item in reply.rest.dropFirst(4) {
            if let job = ClaimedJob(item, queue: queue, startedAt: startedAt, &timings) {
                jobs.append(job)
            } else {
                unreadable.append(item.array?.last?.string ?? "")
            }
        }
        return Claim(
            jobs: jobs,
            unreadable: unreadable,
            more: head[0] == 1,
            seclusion: seclusion,
            next: head[1] < 0 ? nil : .milliseconds(head[1]),
            isEmpty: head[2] == 0
        )
    }

    /// Tells Redis the script of ``disclaim(_:worker:)``, so that the call itself is short.
    ///
    /// Redis reads 16 KiB at a time, which is less than the source. It ends a connection that its client has closed
    /// when it writes the first reply, and so would not come to the rest.
    ///
    /// - Throws: ``JobError`` with the code `redis` when Redis does not answer.
    package func prepareDisclaim() async throws(JobError) {
        do throws(RedisError) {
            try await redis.load(script(.disclaim))
        } catch {
            throw JobError(error)
        }
    }

    /// Gives back the jobs of claims whose replies never came, one claim for each queue (`lua/job/disclaim.lua`).
    ///
    /// A claim that arrives only after this takes nothing. All calls are written before the first is answered, and
    /// without a look at the user's rights, because nobody may answer any more; a worker has looked at all its rights
    /// at its start.
    ///
    /// - Returns: For each queue the number of jobs that were given back, or the error when that is not known.
    package func disclaim(
        _ claims: [(queue: String, number: Int)],
        worker: String
    ) async -> [(queue: String, jobs: Result<Int, JobError>)] {
        let calls = claims.map { claim in
            start(.disclaim, on: keys.queue(claim.queue), [RedisArgument(worker), RedisArgument(claim.number)])
        }
        var answers: [(queue: String, jobs: Result<Int, JobError>)] = []
        for (claim, call) in zip(claims, calls) {
            do throws(JobError) {
                let reply = try await answer(to: call, resends: false)
                guard reply.word == "ok", let jobs = reply.rest.first?.int else { throw reply.malformed() }
                answers.append((claim.queue, .success(jobs)))
            } catch {
                answers.append((claim.queue, .failure(error)))
            }
        }
        return answers
    }

    /// Tells whether a queue holds no job that a claim could act on.
    package func isEmpty(queue: String) async throws(JobError) -> Bool {
        let states: [JobState] = [.waiting, .running, .scheduled]
        let sets = states.map { RedisArgument(keys.state($0, of: queue)) }
        return try await send([RedisCommand("EXISTS", sets)])[0].int == 0
    }
}
