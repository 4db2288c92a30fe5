internal import MartletScripts
internal import RedisClient

/// The outcome of standing for leader.
package enum Candidacy: Sendable, Hashable {
    /// This worker leads under this term; `isNew` is true when this call elected it.
    case leading(term: Int, isNew: Bool)
    /// Another worker leads, for this time unless it renews; `leader` is nil when nobody leads and this worker was told
    /// to resign.
    case standingBy(leader: String?, for: Duration)
}

extension JobStore {
    /// Stands for leader, or renews the lease (`lua/leader/lead.lua`).
    package func lead(_ worker: String, lease: Duration) async throws(JobError) -> Candidacy {
        let reply = try await run(
            .lead,
            on: keys.scheduler,
            [RedisArgument(worker), RedisArgument(lease.milliseconds)]
        )
        let rest = Array(reply.rest)
        guard rest.count == 2, let number = rest[1].int else { throw reply.malformed() }
        switch reply.word {
        case "leading":
            guard let term = rest[0].int else { throw reply.malformed() }
            return .leading(term: term, isNew: number == 1)
        case "standing by":
            guard let leader = rest[0].string else { throw reply.malformed() }
            return .standingBy(leader: leader.isEmpty ? nil : leader, for: .milliseconds(number))
        default: throw reply.malformed()
        }
    }

    /// Gives up the leadership of a worker, which is not elected again for one lease (`lua/leader/resign.lua`).
    ///
    /// - Returns: True when it led.
    package func resign(_ worker: String) async throws(JobError) -> Bool {
        let reply = try await run(.resign, on: keys.scheduler, [RedisArgument(worker)])
        return reply.word == "ok" || reply.isResent
    }

    /// Tells the workers that were heard of last, at most 500, that the leader has resigned.
    ///
    /// Without it they would learn it only at the end of the lease that was given up. `gone` is a worker that has no
    /// use for it, because it stops or is dead.
    package func offerLead(butNotTo gone: String? = nil) async throws(JobError) {
        let range = RedisCommand("ZRANGE", [RedisArgument(keys.workers), 0, 499, "REV"])
        let workers = try await send([range])[0].texts("ZRANGE").filter { $0 != gone }
        try await send(workers.flatMap { orderCommands("lead", to: $0) })
    }
}
