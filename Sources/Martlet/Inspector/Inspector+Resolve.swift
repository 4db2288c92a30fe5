internal import RedisClient

/// The jobs that the beginning of an id may mean.
public struct ResolvedID: Sendable, Hashable {
    /// The matching jobs: one when the beginning is clear, and at most two of many.
    public let matches: [JobID]
    /// True when every job was looked at; otherwise there may be others that match.
    public let isCertain: Bool
}

extension Inspector {
    /// Finds the job with this id, or else those whose ids begin with it.
    ///
    /// It looks at the ids of at most 200,000 jobs.
    ///
    /// - Parameters:
    ///   - id: The id, or the beginning of its local part.
    ///   - limit: The time after which it stops looking, once it has looked at 10,000 jobs.
    /// - Returns: The matching jobs, at most two.
    /// - Throws: ``JobError`` when Redis fails.
    public func resolve(
        _ id: JobID,
        within limit: Duration = .milliseconds(150)
    ) async throws(JobError) -> ResolvedID {
        let known = try await send(RedisCommand("EXISTS", [RedisArgument(store.keys.job(id))])).number("EXISTS")
        if known == 1 { return ResolvedID(matches: [id], isCertain: true) }
        var filter = JobFilter()
        (filter.queues, filter.order) = ([id.queue], .newest)
        var search: JobSearch
        do throws(JobError) {
            search = try await JobSearch(filter, self)
        } catch {
            // A user that may only enqueue knows whole ids, and may not look for others.
            guard error.redis?.code == .noPermission else { throw error }
            return ResolvedID(matches: [], isCertain: true)
        }
        let start = ContinuousClock.now
        var matches: [JobID] = []
        var examined = 0
        while matches.count < 2 {
            let candidates = try await search.next(Self.page, self)
            if candidates.isEmpty { return ResolvedID(matches: matches, isCertain: true) }
            matches += candidates.map(\.id).filter { $0.local.hasPrefix(id.local) }.prefix(2 - matches.count)
            examined += candidates.count
            let isLate = ContinuousClock.now - start > limit && examined > 10_000
            guard examined < 200_000, !isLate else { return ResolvedID(matches: matches, isCertain: search.isAtEnd) }
        }
        return ResolvedID(matches: matches, isCertain: true)
    }

    /// Reads the state of each of these jobs; nil for a job that does not exist.
    public func states(_ ids: [JobID]) async throws(JobError) -> [JobState?] {
        let replies = try await send(ids.map { RedisCommand("HGET", [RedisArgument(store.keys.job($0)), "state"]) })
        return try zip(ids, replies).map { id, reply throws(JobError) in
            if reply.isNull { return nil }
            guard let state = reply.string.flatMap(JobState.init(rawValue:)) else { throw .notAJob(id) }
            return state
        }
    }

    /// The keys that hold what is known of a job, with what they hold, as `redis-cli` takes them.
    package func places(_ job: JobRecord) -> [(name: String, key: String)] {
        let keys = store.keys
        var places = [
            ("job", keys.job(job.id)), ("log", keys.log(job.id)), ("attempts", keys.attempts(job.id)),
            ("state", keys.state(job.state, of: job.id.queue)),
        ]
        if let object = job.object { places.append(("object", keys.object(object, of: job.id.queue))) }
        if let schedule = job.schedule { places.append(("schedule", keys.fired(by: schedule, to: job.id.queue))) }
        return places
    }
}
