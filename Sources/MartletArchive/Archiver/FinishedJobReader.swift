internal import Martlet
internal import RedisClient

/// Reads finished jobs, the oldest first, some at a time: no reply grows with what is in Redis.
struct FinishedJobReader: Sendable {
    let store: JobStore

    /// How many jobs each of a queue's finished states has that are due to be moved.
    struct Backlog: Sendable {
        let queue: String
        /// The key of the sorted set that names them.
        let key: String
        /// The score up to which they are due, in milliseconds.
        let until: Int64
        let count: Int
    }

    /// What is due: finished before `until`, or past a retention of its own that ends before `now`.
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

    /// The ids that are due first, behind so many.
    func page(_ backlog: Backlog, skipping: Int, limit: Int) async throws(JobError) -> [JobID] {
        let arguments: [RedisArgument] = [
            RedisArgument(backlog.key), "-inf", RedisArgument(backlog.until), "LIMIT", RedisArgument(skipping),
            RedisArgument(limit),
        ]
        let replies = try await store.send([RedisCommand("ZRANGEBYSCORE", arguments)])
        var ids: [JobID] = []
        for item in replies[0].array ?? [] {
            // What is no id of a job is not ours to move; `doctor --verify` tells of it.
            guard let text = item.string, let id = try? JobID(queue: backlog.queue, local: text) else { continue }
            ids.append(id)
        }
        return ids
    }

    /// The jobs, with their attempts and logs: as many of these as fit into `bytes`, at least one where there is one.
    /// - Returns: those that are there and have finished, and how many ids were looked at.
    func read(_ ids: ArraySlice<JobID>, bytes: Int) async throws(JobError) -> (jobs: [FinishedJob], looked: Int) {
        var jobs: [FinishedJob] = []
        var looked = 0
        var size = 0
        while looked < ids.count, size < bytes {
            let some = ids.dropFirst(looked).prefix(200)
            for job in try await hashes(some) {
                size += job.bytes
                jobs.append(job)
            }
            looked += some.count
        }
        try await readLogs(&jobs, bytes: bytes)
        return (jobs, looked)
    }

    private func hashes(_ ids: ArraySlice<JobID>) async throws(JobError) -> [FinishedJob] {
        var commands: [RedisCommand] = []
        commands.reserveCapacity(2 * ids.count)
        for id in ids {
            commands.append(RedisCommand("HGETALL", [RedisArgument(store.keys.job(id))]))
            commands.append(RedisCommand("LRANGE", [RedisArgument(store.keys.attempts(id)), 0, -1]))
        }
        let replies = try await store.send(commands)
        var jobs: [FinishedJob] = []
        jobs.reserveCapacity(ids.count)
        for (place, id) in ids.enumerated() {
            guard var job = FinishedJob(id, replies[2 * place]) else { continue }
            job.attempts = replies[2 * place + 1].array?.compactMap(\.string) ?? []
            jobs.append(job)
        }
        return jobs
    }

    /// The logs of those that have one, about a megabyte of them at a time.
    private func readLogs(_ jobs: inout [FinishedJob], bytes: Int) async throws(JobError) {
        let logged = jobs.indices.filter { jobs[$0].logBytes > 0 || jobs[$0].logCut > 0 || jobs[$0].logLost > 0 }
        var start = 0
        while start < logged.count {
            var end = start
            var size: Int64 = 0
            while end < logged.count, size < 1 << 20, end - start < 500 {
                size += jobs[logged[end]].logBytes
                end += 1
            }
            let some = logged[start..<end]
            let replies = try await store.send(
                some.map { RedisCommand("LRANGE", [RedisArgument(store.keys.log(jobs[$0].id)), 0, -1]) }
            )
            for (place, reply) in zip(some, replies) {
                jobs[place].log = reply.array?.compactMap(\.string) ?? []
            }
            start = end
        }
    }
}
