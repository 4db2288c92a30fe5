internal import Martlet
internal import RedisClient

/// Reads finished jobs, the oldest first, some at a time.
///
/// No reply grows with the number of jobs in Redis, and a job that is too large to be read holds up no other.
struct FinishedJobReader: Sendable {
    let store: JobStore

    /// The largest payload that is moved, in bytes.
    ///
    /// Clients refuse replies of more than 64 MiB.
    static let largestPayload = 32 << 20

    /// A finished state of a queue that has jobs that are due to be moved.
    struct Backlog: Sendable {
        let queue: String
        /// The key of the sorted set that names them.
        let key: String
        /// The score up to which its jobs are due, in milliseconds.
        let until: Int64
        let count: Int
    }

    /// Jobs that were read with one call.
    struct Batch: Sendable {
        /// The jobs that are there and have finished, with their attempts and logs.
        var jobs: [FinishedJob] = []
        /// The jobs that are too large to be read, each with the part that is too large.
        var tooLarge: [(id: JobID, reason: String)] = []
        /// The number of ids that were looked at.
        var looked = 0
    }

    /// Counts the jobs that are due: those that finished before `until`, and those whose own retention ends before
    /// `now`.
    func backlogs(_ queues: [String], until: Int64, now: Int64) async throws(JobError) -> [Backlog] {
        let states = JobState.allCases.filter(\.isFinished)
        let sets = queues.flatMap { queue in
            states.map { (queue, store.keys.state($0, of: queue), until) } + [(queue, store.keys.expiring(queue), now)]
        }
        let counts = try await store.send(
            sets.map { RedisCommand("ZCOUNT", [RedisArgument($0.1), "-inf", RedisArgument($0.2)]) }
        )
        return zip(sets, counts).compactMap { set, reply in
            guard let count = reply.int, count > 0 else { return nil }
            return Backlog(queue: set.0, key: set.1, until: set.2, count: count)
        }
    }

    /// Reads the ids that are due first, after the first `skipping` of them.
    func page(_ backlog: Backlog, skipping: Int, limit: Int) async throws(JobError) -> [JobID] {
        let arguments: [RedisArgument] = [
            RedisArgument(backlog.key), "-inf", RedisArgument(backlog.until), "LIMIT", RedisArgument(skipping),
            RedisArgument(limit),
        ]
        let replies = try await store.send([RedisCommand("ZRANGEBYSCORE", arguments)])
        var ids: [JobID] = []
        for item in replies[0].array ?? [] {
            // A member that is no id of a job is left alone; `doctor --verify` reports it.
            guard let text = item.string, let id = try? JobID(queue: backlog.queue, local: text) else { continue }
            ids.append(id)
        }
        return ids
    }

    /// Reads jobs, with their attempts and logs: as many of them as fit into `bytes`, at least one where there is one.
    func read(_ ids: ArraySlice<JobID>, bytes: Int) async throws(JobError) -> Batch {
        var batch = Batch()
        var size = 0
        while batch.looked < ids.count, size < bytes {
            let some = ids.dropFirst(batch.looked).prefix(200)
            let sizes = try await payloadSizes(some)
            var fitting: [JobID] = []
            var looked = 0
            for (id, payload) in zip(some, sizes) {
                if payload > Self.largestPayload {
                    batch.tooLarge.append(
                        (id, "its payload has \(payload) bytes, and \(Self.largestPayload) can be moved")
                    )
                } else if fitting.isEmpty || size + payload <= bytes {
                    fitting.append(id)
                    size += payload
                } else {
                    break
                }
                looked += 1
            }
            let (jobs, refused) = try await hashes(fitting)
            if let refused {
                // The jobs behind it come with the next round.
                batch.tooLarge.append(
                    (fitting[refused], "its fields or its attempts have more than can be read at once")
                )
                looked = (some.firstIndex(of: fitting[refused]) ?? some.startIndex) - some.startIndex + 1
                batch.tooLarge.removeAll { entry in some.dropFirst(looked).contains(entry.id) }
            }
            for job in jobs {
                size += job.bytesBesidePayload
                batch.jobs.append(job)
            }
            batch.looked += looked
        }
        try await readLogs(&batch)
        return batch
    }

    /// Measures the payloads in bytes.
    ///
    /// It gives 0 for a payload in parts, which is short, and when the user has no right to ask, because an older
    /// release granted its rights.
    private func payloadSizes(_ ids: ArraySlice<JobID>) async throws(JobError) -> [Int] {
        let commands = ids.map { RedisCommand("HSTRLEN", [RedisArgument(store.keys.job($0)), "payload"]) }
        var sizes: [Int] = []
        for (command, result) in zip(commands, await store.redis.send(commands)) {
            do {
                sizes.append(try result.get().int ?? 0)
            } catch  where error.code == .noPermission {
                sizes.append(0)
            } catch {
                throw store.failure(of: command, error)
            }
        }
        return sizes
    }

    /// Reads the hashes and attempts.
    /// - Returns: the jobs up to the first one whose reply is too large, and the index of that one, if any.
    private func hashes(_ ids: [JobID]) async throws(JobError) -> (jobs: [FinishedJob], refused: Int?) {
        var commands: [RedisCommand] = []
        commands.reserveCapacity(2 * ids.count)
        for id in ids {
            commands.append(RedisCommand("HGETALL", [RedisArgument(store.keys.job(id))]))
            commands.append(RedisCommand("LRANGE", [RedisArgument(store.keys.attempts(id)), 0, -1]))
        }
        let (replies, refused) = try await send(commands)
        var jobs: [FinishedJob] = []
        jobs.reserveCapacity(ids.count)
        for (place, id) in ids.prefix(replies.count / 2).enumerated() {
            guard var job = FinishedJob(id, replies[2 * place]) else { continue }
            job.attempts = replies[2 * place + 1].array?.compactMap(\.string) ?? []
            jobs.append(job)
        }
        return (jobs, refused.map { $0 / 2 })
    }

    /// Reads the logs of the jobs that have one, about a megabyte of them at a time.
    ///
    /// A job whose log is too large leaves the batch.
    private func readLogs(_ batch: inout Batch) async throws(JobError) {
        let logged = batch.jobs.indices.filter { batch.jobs[$0].hash.hasLog }
        var left: Set<Int> = []
        var start = 0
        while start < logged.count {
            var end = start
            var size = 0
            while end < logged.count, size < 1 << 20, end - start < 500 {
                size += batch.jobs[logged[end]].hash.logBytes
                end += 1
            }
            let some = logged[start..<end]
            let (replies, refused) = try await send(
                some.map { RedisCommand("LRANGE", [RedisArgument(store.keys.log(batch.jobs[$0].id)), 0, -1]) }
            )
            for (place, reply) in zip(some, replies) {
                batch.jobs[place].log = reply.array?.compactMap(\.string) ?? []
            }
            if let refused {
                end = start + refused + 1
                left.insert(logged[start + refused])
                let id = batch.jobs[logged[start + refused]].id
                batch.tooLarge.append((id, "its log has more than can be read at once"))
            }
            start = end
        }
        if !left.isEmpty { batch.jobs = batch.jobs.indices.filter { !left.contains($0) }.map { batch.jobs[$0] } }
    }

    /// Sends commands with one write.
    /// - Returns: the replies up to the first one that the client refuses for its size or form, and the index of that
    ///   one, if any.
    private func send(_ commands: [RedisCommand]) async throws(JobError) -> (replies: [RedisValue], refused: Int?) {
        var replies: [RedisValue] = []
        replies.reserveCapacity(commands.count)
        for (command, result) in zip(commands, await store.redis.send(commands)) {
            do {
                replies.append(try result.get())
            } catch  where error.code == .protocolViolation {
                return (replies, replies.count)
            } catch {
                throw store.failure(of: command, error)
            }
        }
        return (replies, nil)
    }
}
