internal import RedisClient

/// Brings drafts from the outbox into their queues: the second half of firing.
///
/// 1. Read the outbox from its head.
/// 2. Enqueue for each queue in that order. A queue refuses what is not beyond the last draft it was given, so a
///    deliverer that was frozen for hours repeats nothing.
/// 3. Take out what the queues have.
///
/// Anybody may do it, also several at once: the leader, and whoever ran or resumed a schedule.
package struct Delivery: Sendable {
    private let store: JobStore

    /// Read at once. A payload may be large.
    private static let window = 200

    package init(_ store: JobStore) {
        self.store = store
    }

    /// What a delivery left behind.
    package struct Rest: Sendable {
        /// Jobs that are still in the outbox.
        package var jobs: Set<JobID> = []
        /// Why.
        package var error: JobError?

        /// Redis does not answer at all, so that no other queue need be tried.
        var isAway: Bool { error?.redis.map { [.connection, .timeout, .closed].contains($0.code) } ?? false }
    }

    /// Delivers until nothing is left, or a queue takes nothing now.
    package func run() async throws(JobError) -> Rest {
        while true {
            let entries = try await read()
            if entries.isEmpty { return Rest() }
            let rest = try await deliver(entries)
            if !rest.jobs.isEmpty || entries.count < Self.window { return rest }
        }
    }

    private func deliver(_ entries: [String]) async throws(JobError) -> Rest {
        var drafts: [String: [Draft]] = [:]
        for entry in entries {
            guard let draft = Draft(entry: entry) else {
                // Nobody can read it, so nothing but the outbox itself can name it.
                try await store.send([
                    RedisCommand("LREM", [RedisArgument(store.keys.pending), 1, RedisArgument(entry)])
                ])
                continue
            }
            drafts[draft.id.queue, default: []].append(draft)
        }
        if !drafts.isEmpty {
            try await store.send([
                RedisCommand("SADD", ([store.keys.queues] + drafts.keys.sorted()).map { RedisArgument($0) })
            ])
        }
        var done: [(sequence: Int64, refusal: String?)] = []
        var rest = Rest()
        for (queue, drafts) in drafts {
            var left = drafts[...]
            while !left.isEmpty, !rest.isAway {
                let batch = left.prefix(Self.batch(left))
                do throws(JobError) {
                    done += try await enqueue(batch, queue)
                    left = left.dropFirst(batch.count)
                } catch {
                    rest.error = error
                    break
                }
            }
            rest.jobs.formUnion(left.map(\.id))
        }
        if !done.isEmpty { try await store.delivered(done) }
        return rest
    }

    /// How many of these go with one call: up to 1 MiB.
    private static func batch(_ drafts: ArraySlice<Draft>) -> Int {
        var bytes = 0
        return max(
            1,
            drafts.prefix { draft in
                bytes += draft.payload.utf8.count
                return bytes <= 1 << 20
            }.count
        )
    }

    private func enqueue(
        _ drafts: ArraySlice<Draft>,
        _ queue: String
    ) async throws(JobError) -> [(sequence: Int64, refusal: String?)] {
        do throws(JobError) {
            _ = try await store.enqueue(drafts.map(\.job), queue: queue, payloadLimit: NewJob.mostJSON)
            return drafts.map { ($0.sequence, nil) }
        } catch {
            guard error.code == .invalid else { throw error }
            guard drafts.count > 1 else { return drafts.map { ($0.sequence, error.message) } }
        }
        // One of them is not acceptable: the others are to go in, in their order.
        var done: [(sequence: Int64, refusal: String?)] = []
        for index in drafts.indices {
            done += try await enqueue(drafts[index...index], queue)
        }
        return done
    }

    private func read() async throws(JobError) -> [String] {
        let list = RedisCommand("LRANGE", [RedisArgument(store.keys.pending), 0, RedisArgument(Self.window - 1)])
        return try await store.send([list])[0].texts("LRANGE")
    }
}
