internal import RedisClient

/// Delivers jobs from the pending list to their queues, the second half of firing.
///
/// 1. It reads the list from its head.
/// 2. It enqueues the jobs of each queue in that order. A queue passes over a job that is not beyond the last one it
///   was given, so a deliverer that was frozen for hours repeats nothing.
/// 3. It removes the jobs that the queues have, and goes on behind the jobs of queues that take nothing now.
///
/// Whoever may write to a queue may write any number in place of the last one that it was given. Where that is beyond
/// all that schedules gave, the queue takes its jobs again, each once.
///
/// Several may deliver at once: the leader, and whoever ran or resumed a schedule.
package struct Delivery: Sendable {
    private let store: JobStore

    /// The number of entries that are read at once; payloads may be large.
    private static let window = 200
    /// The number of times that it begins at the head of the list because others removed entries that it had passed.
    private static let mostBeginnings = 10

    package init(_ store: JobStore) {
        self.store = store
    }

    /// The jobs that a delivery left behind.
    package struct Rest: Sendable {
        /// The jobs that are still in the pending list: all jobs of each queue that takes nothing now.
        package var jobs: Set<JobID> = []
        /// The reason why one of these queues takes nothing.
        package var error: JobError?
        /// The queues that take nothing now.
        fileprivate var queues: Set<String> = []
        /// The sequences that somebody wrote in place of the last one that schedules gave, by queue.
        ///
        /// These queues passed over every job of schedules, and take them again now.
        package fileprivate(set) var disowned: [String: Int64] = [:]
    }

    /// The entries at the head of the list that stay there.
    private struct Passed {
        var count = 0
        var last: [UInt8]?
    }

    /// Delivers until only jobs of queues that take nothing now are left.
    ///
    /// - Throws: ``JobError`` when Redis does not answer.
    package func run() async throws(JobError) -> Rest {
        var rest = Rest()
        for _ in 1...Self.mostBeginnings {
            if try await passThrough(&rest) { break }
        }
        return rest
    }

    /// Goes through the list once; returns false when it must be gone through again from its head.
    private func passThrough(_ rest: inout Rest) async throws(JobError) -> Bool {
        var passed = Passed()
        while true {
            var entries = try await read(from: max(0, passed.count - 1))
            if let last = passed.last {
                // Only what follows the last entry that was looked at is new. No entry between may be left out: its
                // queue would pass over it for ever.
                guard entries.first == last else { return false }
                entries.removeFirst()
            }
            if entries.isEmpty { return true }
            guard let left = try await deliver(entries, &rest) else { return false }
            passed = Passed(count: passed.count + left.count, last: left.last ?? passed.last)
        }
    }

    /// Delivers these entries and returns those that stay in the list.
    ///
    /// It returns nil when a queue passed over jobs because of a sequence that no schedule gave. They are read once
    /// more before the queue takes them, since whoever delivered them before has taken them out.
    private func deliver(_ entries: [[UInt8]], _ rest: inout Rest) async throws(JobError) -> [[UInt8]]? {
        var jobs: [String: [PendingJob]] = [:]
        var queueOfEntry: [(entry: [UInt8], queue: String, id: JobID)] = []
        for entry in entries {
            guard let job = PendingJob(entry: String(decoding: entry, as: UTF8.self)) else {
                // Nobody can read the entry, so only the entry itself can name it.
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
        var mustBeginAgain = false
        for (queue, jobs) in taking {
            var left = jobs[...]
            while !left.isEmpty {
                let batch = left.prefix(Self.batch(left))
                do throws(JobError) {
                    var answers = try await enqueue(batch, queue, disowned: rest.disowned[queue])
                    if answers.contains(where: \.isPassedOver), let mark = try await store.disowned(by: queue) {
                        rest.disowned[queue] = mark
                        mustBeginAgain = true
                        answers.removeAll(where: \.isPassedOver)
                    }
                    done += answers.map { ($0.sequence, $0.refusal) }
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
        if mustBeginAgain { return nil }
        let left = queueOfEntry.filter { rest.queues.contains($0.queue) && !delivered.contains($0.id) }
        rest.jobs.formUnion(left.map(\.id))
        return left.map(\.entry)
    }

    /// The number of these jobs that go with one call: up to 1 MiB.
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

    /// The answer of a queue to a job.
    private struct Answer {
        let sequence: Int64
        var refusal: String?
        /// True where the queue was given a later job before.
        var isPassedOver = false
    }

    private func enqueue(
        _ jobs: ArraySlice<PendingJob>,
        _ queue: String,
        disowned: Int64?
    ) async throws(JobError) -> [Answer] {
        do throws(JobError) {
            let new = jobs.map { $0.job(disowned: disowned) }
            let words = try await store.enqueueForWords(new, queue: queue, payloadLimit: NewJob.mostJSON)
            return zip(jobs, words).map { Answer(sequence: $0.sequence, isPassedOver: $1 == "delivered") }
        } catch {
            guard error.code == .invalid else { throw error }
            guard jobs.count > 1 else { return jobs.map { Answer(sequence: $0.sequence, refusal: error.message) } }
        }
        // One of the jobs is not acceptable; the others are enqueued one by one, in their order.
        var answers: [Answer] = []
        for index in jobs.indices { answers += try await enqueue(jobs[index...index], queue, disowned: disowned) }
        return answers
    }

    private func read(from index: Int) async throws(JobError) -> [[UInt8]] {
        let range = [RedisArgument(index), RedisArgument(index + Self.window - 1)]
        let list = RedisCommand("LRANGE", [RedisArgument(store.keys.pending)] + range)
        guard let entries = try await store.send([list])[0].array else { throw .wrongShape("LRANGE", "a list") }
        return entries.compactMap(\.bytes)
    }
}

extension JobError {
    /// True when Redis does not answer at all, so that no other queue need be tried.
    fileprivate var isAway: Bool { redis.map { [.connection, .timeout, .closed].contains($0.code) } ?? false }
}
