internal import RedisClient
internal import MartletScripts

/// What a worker learns of a lease when it extends it.
package enum LeaseState: String, Sendable {
    /// Extended.
    case ok
    /// Extended, and somebody asked to cancel the job.
    case cancel
    /// No longer the caller's.
    case stale
    /// There is no such job any more.
    case gone
}

// The calls a worker makes from the event loop's own thread: they take no Swift task, so that handlers that hog every
// thread of the cooperative pool can neither cost a healthy worker its leases nor hold back its logs.
extension JobStore {
    /// `lua/extend`: prolongs leases of one queue, as `(local id, token)`. `completion` runs on the event loop; one
    /// state for each, or the error.
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

    /// `lua/log`: appends lines to a job's log and notes its progress. `completion` runs on the event loop; false
    /// when the lease is stale.
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

/// What a job's log may hold in Redis. What is over goes from its beginning, and the first line then says so.
public struct LogLimits: Sendable, Hashable {
    /// Lines a job. Default 10,000.
    public var lines: Int
    /// Bytes a job. Default 1 MiB.
    public var bytes: Int
    /// Bytes a line; the rest is cut, visibly. Default 8 KiB.
    public var lineBytes: Int

    public init(lines: Int = 10_000, bytes: Int = 1 << 20, lineBytes: Int = 8 << 10) {
        self.lines = lines
        self.bytes = bytes
        self.lineBytes = lineBytes
    }
}
