internal import RedisClient
internal import MartletScripts

extension JobStore {
    /// Enqueues jobs of one queue, all of them or none: nothing → waiting | scheduled (`lua/job/enqueue.lua`).
    ///
    /// - Returns: For each job, whether it is new; a job that existed already is left as it is.
    package func enqueue(
        _ jobs: some Collection<NewJob>,
        queue: String,
        payloadLimit: Int
    ) async throws(JobError) -> [Bool] {
        try await enqueueForWords(jobs, queue: queue, payloadLimit: payloadLimit).map(Self.isNew)
    }

    /// Enqueues jobs as the other method does, and returns the word of `lua/job/enqueue.lua` for each.
    func enqueueForWords(
        _ jobs: some Collection<NewJob>,
        queue: String,
        payloadLimit: Int
    ) async throws(JobError) -> [String] {
        try await checkRights(of: .enqueue, on: keys.queue(queue))
        return try await words(startEnqueue(jobs, queue: queue, payloadLimit: payloadLimit))
    }

    /// Sends the jobs without waiting for the answer, which ``enqueued(_:)`` then fetches.
    func startEnqueue(_ jobs: some Collection<NewJob>, queue: String, payloadLimit: Int) -> PendingCall {
        var arguments: [RedisArgument] = [RedisArgument(payloadLimit)]
        arguments.reserveCapacity(2 + 4 * jobs.count)
        for job in jobs {
            arguments.append(RedisArgument(job.id.local))
            arguments.append(RedisArgument(job.type))
            arguments.append(RedisArgument(job.payload))
            arguments.append(RedisArgument(job.wireOptions.textOrNothing))
        }
        if checks.mayCutPayloads { arguments.append("parts") }
        return start(.enqueue, on: keys.queue(queue), arguments)
    }

    func enqueued(_ call: PendingCall) async throws(JobError) -> [Bool] { try await words(call).map(Self.isNew) }

    private func words(_ call: PendingCall) async throws(JobError) -> [String] {
        let reply = try await answer(to: call) { sentAt throws(JobError) in
            guard let time = try await redisTime(at: sentAt) else { return [] }
            return ["again", RedisArgument(time)]
        }
        switch reply.word {
        case "ok": return reply.words
        default: throw reply.invalid()
        }
    }

    /// Tells what Redis's time was at an instant that has passed, up to half a second less (ms since 1970).
    ///
    /// It is less by as long as Redis takes to tell its time. A time that is far too early would take a job for this
    /// call's that went before it, and so lose this one. Nil therefore where Redis takes longer than that, twice.
    /// - Throws: ``JobError`` when Redis does not answer twice. It says of the call that was sent then that it may have
    ///   been applied.
    private func redisTime(at instant: ContinuousClock.Instant) async throws(JobError) -> Int64? {
        var failure: RedisError?
        for _ in 0..<2 {
            let asked = ContinuousClock.now
            let time: RedisValue
            do throws(RedisError) {
                time = try await redis.send(RedisCommand("TIME"))
            } catch {
                failure = RedisError(error.code, error.message, mayHaveBeenApplied: true)
                if error.isOutage { continue } else { break }
            }
            let answered = ContinuousClock.now
            failure = nil
            guard answered - asked <= .milliseconds(500) else { continue }
            return try time.clock().milliseconds - (answered - instant).milliseconds - 1
        }
        if let failure { throw JobError(failure) }
        return nil
    }

    private static func isNew(_ word: String) -> Bool { word != "exists" && word != "delivered" }

    /// Puts the names of queues among those that operators see.
    package func listQueues(_ names: some Sequence<String>) async throws(JobError) {
        try await send([queueListing(names)])
    }

    /// The command that adds the names of queues to those that operators see, to be sent in one write with others.
    func queueListing(_ names: some Sequence<String>) -> RedisCommand {
        RedisCommand("SADD", [RedisArgument(keys.queues)] + names.map { RedisArgument($0) })
    }
}
