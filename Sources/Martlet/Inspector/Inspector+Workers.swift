internal import FoundationEssentials
internal import RedisClient

extension Inspector {
    /// Reads the worker processes that were heard of lately, the last heard first, at most 500.
    public func workers() async throws(JobError) -> [WorkerRecord] {
        let range: [RedisArgument] = [RedisArgument(store.keys.workers), 0, RedisArgument(Self.page - 1), "WITHSCORES"]
        let reply = try await send(RedisCommand("ZREVRANGE", range)).pairs("ZREVRANGE")
        let hashes = try await send(reply.map { RedisCommand("HGETALL", [RedisArgument(store.keys.worker($0.0))]) })
        var workers: [WorkerRecord] = []
        for ((id, seenAt), hash) in zip(reply, hashes) {
            let fields = try hash.fields("HGETALL")
            // A worker without fields was forgotten meanwhile, or has not described itself yet.
            guard !fields.isEmpty else { continue }
            let heartbeat = StoredNumber.time(score: seenAt) ?? Date(milliseconds: 0)
            workers.append(WorkerRecord(id, fields, heartbeat: heartbeat))
        }
        return workers
    }

    /// The worker learns it within milliseconds, and then reports it itself: ``WorkerRecord/isQuiet``.
    public func quiet(_ worker: String, by operator: Operator) async throws(JobError) {
        try await recorded(.quietWorker, of: worker, by: `operator`) { () throws(JobError) in
            _ = try await send(store.orderCommands("quiet on", to: worker))
        }
    }

    /// Tells a quiet worker to claim jobs again.
    public func unquiet(_ worker: String, by operator: Operator) async throws(JobError) {
        try await recorded(.unquietWorker, of: worker, by: `operator`) { () throws(JobError) in
            _ = try await send(store.orderCommands("quiet off", to: worker))
        }
    }
}
