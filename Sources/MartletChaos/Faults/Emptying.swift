internal import Martlet
internal import RedisClient

/// I8: when every job is finished and past retention, Redis holds what it held before the first.
enum Emptying {
    static func check(_ client: JobClient, baseline: Set<String>) async throws -> [Violation] {
        try await empty(client)
        let snapshot = try await Snapshot.read(client.store)
        var found: [Violation] = []
        for id in snapshot.hashes.keys { found.append(Violation(.emptied, id, "is still there after retention")) }
        for id in snapshot.logs.keys { found.append(Violation(.emptied, id, "left its log behind")) }
        for (key, id) in snapshot.others { found.append(Violation(.emptied, id, "left \(key) behind")) }
        for (object, id) in snapshot.objects { found.append(Violation(.emptied, id, "is still listed for \(object)")) }
        for id in snapshot.expiring { found.append(Violation(.emptied, id, "is still to expire")) }
        // A token of the doorbell is one at most, and the names of removed schedules are at most 1,000.
        let bounded = [client.store.keys.wake(ChaosClient.queue), client.store.keys.removed]
        for key in snapshot.lasting.subtracting(baseline).subtracting(bounded) {
            found.append(Violation(.emptied, "", "the key \(key) was not there before, and has no end"))
        }
        return found
    }

    /// Prunes until there is nothing to prune.
    static func empty(_ client: JobClient) async throws {
        // Bounded, as a script with a bug in it may find the same jobs again and again.
        for _ in 0..<10_000 {
            let deleted = try await client.store.prune(
                queue: ChaosClient.queue,
                limit: 500,
                successful: .zero,
                others: .zero,
                maxJobs: 0
            )
            if deleted == 0 { return }
        }
    }
}
