internal import RedisClient

/// Brings jobs from the pending list into their queues: the second half of firing.
///
/// 1. Read the list from its head.
/// 2. Enqueue for each queue in that order. A queue refuses what is not beyond the last job it was given, so a
///    deliverer that was frozen for hours repeats nothing.
/// 3. Take out what the queues have, and go on behind the jobs of queues that take nothing now.
///
/// Anybody may do it, also several at once: the leader, and whoever ran or resumed a schedule.
package struct Delivery: Sendable {
    private let store: JobStore

    /// Read at once. A payload may be large.
    private static let window = 200
    /// How often it begins anew because others took out what it had gone past.
    private static let mostBeginnings = 10

    package init(_ store: JobStore) {
        self.store = store
    }

    /// What a delivery left behind.
    package struct Rest: Sendable {
        /// Jobs that are still in the pending list: all of them, of each queue that takes nothing now.
        package var jobs: Set<JobID> = []
        /// Why, for one of these queues.
        package var error: JobError?
        /// The queues that take nothing now.
        fileprivate var queues: Set<String> = []
    }

    /// Entries at the head of the list that stay there.
    private struct Passed {
        var count = 0
        var last: [UInt8]?
    }

    /// Delivers until nothing is left but jobs of queues that take nothing now.
    /// - Throws: ``JobError`` when Redis does not answer.
    package func run() async throws(JobError) -> Rest {
        var rest = Rest()
        var passed = Passed()
        var beginnings = 1
        while true {
            var entries = try await read(from: max(0, passed.count - 1))
            if let last = passed.last {
                // Only what follows the entry that was looked at last is new, and none between may be left out: a queue
                // would then refuse it for ever.
                guard entries.first == last else {
                    guard beginnings < Self.mostBeginnings else { return rest }
                    beginnings += 1
                    passed = Passed()
                    continue
                }
                entries.removeFirst()
            }
            if entries.isEmpty { return rest }
            let left = try await deliver(entries, &rest)
            passed = Passed(count: passed.count + left.count, last: left.last ?? passed.last)
        }
    }

    /// - Returns: the entries that stay in the list.
    private func deliver(_ entries: [[UInt8]], _ rest: inout Rest) async throws(JobError) -> [[UInt8]] {
        var jobs: [String: [PendingJob]] = [:]
        var queueOfEntry: [(entry: [UInt8], queue: String, id: JobID)] = []
        for entry in entries {
            guard let job = PendingJob(entry: String(decoding: entry, as: UTF8.self)) else {
                // Nobody can read it, so nothing but the entry itself can name it.
                try await store.send([
                    RedisCommand("LREM", [RedisArgument(store.keys.pending), 1, RedisArgument(entry)])
                ])
                continue
            }
            jobs[job.id.queue, default: []].append(job)
            queueOfEntry.append((entry, job.id.queue, job.id))
        }
        let taking = jobs.filter { !rest.queues.contains($0.key) }
        if !taking.isEmpty { try await store.listQueues(taking.keys.sorted()) }
        var done: [(sequence: Int64, refusal: String?)] = []
        var delivered: Set<JobID> = []
        for (queue, jobs) in taking {
            var left = jobs[...]
            while !left.isEmpty {
                let batch = left.prefix(Self.batch(left))
                do throws(JobError) {
                    done += try await enqueue(batch, queue)
                    delivered.formUnion(batch.map(\.id))
                    left = left.dropFirst(batch.count)
                } catch {
                    if error.isAway { throw error }
                    rest.error = error
                    rest.queues.insert(queue)
                    break
                }
            }
        }
        if !done.isEmpty { try await store.delivered(done) }
        let left = queueOfEntry.filter { rest.queues.contains($0.queue) && !delivered.contains($0.id) }
        rest.jobs.formUnion(left.map(\.id))
        return left.map(\.entry)
    }

    /// How many of these go with one call: up to 1 MiB.
    private static func batch(_ jobs: ArraySlice<PendingJob>) -> Int {
        var bytes = 0
        return max(
            1,
            jobs.prefix { job in
                bytes += job.payload.utf8.count
                return bytes <= 1 << 20
            }.count
        )
    }

    private func enqueue(
        _ jobs: ArraySlice<PendingJob>,
        _ queue: String
    ) async throws(JobError) -> [(sequence: Int64, refusal: String?)] {
        do throws(JobError) {
            _ = try await store.enqueue(jobs.map(\.job), queue: queue, payloadLimit: NewJob.mostJSON)
            return jobs.map { ($0.sequence, nil) }
        } catch {
            guard error.code == .invalid else { throw error }
            guard jobs.count > 1 else { return jobs.map { ($0.sequence, error.message) } }
        }
        // One of them is not acceptable: the others are to go in, in their order.
        var done: [(sequence: Int64, refusal: String?)] = []
        for index in jobs.indices {
            done += try await enqueue(jobs[index...index], queue)
        }
        return done
    }

    private func read(from index: Int) async throws(JobError) -> [[UInt8]] {
        let range = [RedisArgument(index), RedisArgument(index + Self.window - 1)]
        let list = RedisCommand("LRANGE", [RedisArgument(store.keys.pending)] + range)
        guard let entries = try await store.send([list])[0].array else { throw .wrongShape("LRANGE", "a list") }
        return entries.compactMap(\.bytes)
    }
}

extension JobError {
    /// Redis does not answer at all, so that no other queue need be tried.
    fileprivate var isAway: Bool { redis.map { [.connection, .timeout, .closed].contains($0.code) } ?? false }
}
