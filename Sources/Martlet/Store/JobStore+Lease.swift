internal import RedisClient
internal import MartletScripts

/// The state of a lease, as a worker learns it when it extends the lease.
package enum LeaseState: String, Sendable {
    /// The lease is extended.
    case ok
    /// The lease is extended, and somebody asked to cancel the job.
    case cancel
    /// The lease is no longer the caller's.
    case stale
    /// There is no such job any more.
    case gone
}

// The calls that a worker makes from the event loop's own thread. They take no Swift task, so that handlers that hog
// every thread of the cooperative pool neither cost a healthy worker its leases nor hold back its logs.
extension JobStore {
    /// Prolongs leases of one queue, given as `(local id, token)` (`lua/job/extend.lua`).
    ///
    /// `completion` runs on the event loop, with one state for each lease or the error.
    package func extend(
        _ leases: [(id: String, token: Int)],
        queue: String,
        lease: Duration,
        completion: @escaping @Sendable (Result<[LeaseState], JobError>) -> Void
    ) {
        var arguments: [RedisArgument] = [RedisArgument(lease.milliseconds)]
        for lease in leases {
            arguments.append(RedisArgument(lease.id))
            arguments.append(RedisArgument(lease.token))
        }
        submit(.extend, queue: queue, arguments) { result in
            completion(
                result.flatMap { reply in
                    let states = reply.words.compactMap(LeaseState.init)
                    guard states.count == leases.count else { return .failure(reply.malformed()) }
                    return .success(states)
                }
            )
        }
    }

    /// Appends lines to a job's log and notes its progress (`lua/job/log.lua`).
    ///
    /// `completion` runs on the event loop, with false when the lease is stale.
    package func log(
        _ job: ClaimedJob,
        lines: [[UInt8]],
        first: Int,
        lost: Int,
        progress: String,
        limits: LogLimits,
        completion: @escaping @Sendable (Result<Bool, JobError>) -> Void
    ) {
        var arguments: [RedisArgument] = [
            RedisArgument(job.id.local), RedisArgument(job.token), RedisArgument(limits.lines),
            RedisArgument(limits.bytes), RedisArgument(lost), RedisArgument(progress), RedisArgument(first),
        ]
        arguments.append(contentsOf: lines.lazy.map { RedisArgument($0) })
        submit(.log, queue: job.id.queue, arguments) { result in
            completion(result.map { $0.word == "ok" })
        }
    }

    private func submit(
        _ name: ScriptName,
        queue: String,
        _ arguments: [RedisArgument],
        completion: @escaping @Sendable (Result<ScriptReply, JobError>) -> Void
    ) {
        call(name, on: keys.queue(queue), arguments) { result in
            switch result {
            case .success(let value):
                do throws(JobError) {
                    completion(.success(try ScriptReply(name, value)))
                } catch {
                    completion(.failure(error))
                }
            case .failure(let error): completion(.failure(JobError(error)))
            }
        }
    }
}
