internal import RedisClient

extension Inspector {
    /// The bases of the priorities that jobs of a queue wait with, the lowest first; a job's score is its base plus the
    /// time since which it waits.
    func waitingBases(queue: String) async throws(JobError) -> [Double] {
        let set = RedisArgument(store.keys.state(.waiting, of: queue))
        var bases: [Double] = []
        var rank = 0
        // There are 201 priorities, each also for jobs that are set aside.
        while bases.count < 500 {
            let place = RedisArgument(rank)
            let found = try await send(RedisCommand("ZRANGE", [set, place, place, "WITHSCORES"])).texts("ZRANGE")
            guard let score = found.dropFirst().first.flatMap({ Double($0) }), score.isFinite else { break }
            let base = WaitingScore.base(of: score)
            bases.append(base)
            let end = RedisArgument("(\(JobCursor.text(base + WaitingScore.span))")
            rank = max(rank + 1, try await send(RedisCommand("ZCOUNT", [set, "-inf", end])).number("ZCOUNT"))
        }
        return bases
    }

    /// The sources for the jobs of an object or a schedule.
    ///
    /// The set that lists them has the order in which they were enqueued, which is taken for the order by attention. By
    /// their moments they come in the order of the sets of their states, as all jobs do.
    func index(
        _ key: String,
        _ place: JobCursor.Place,
        _ queue: String,
        _ filter: JobFilter
    ) async throws(JobError) -> [JobSource] {
        if filter.order == .attention {
            // No job has its moment before it was enqueued.
            let bounds = (least: Int64?.none, most: filter.until?.milliseconds)
            return [JobSource(queue: queue, place: place, key: key, isReversed: true, bounds: bounds)]
        }
        var members: [SetPlace: [(member: String, score: Double)]] = [:]
        var start = 0
        while true {
            let range = [RedisArgument(key), RedisArgument(start), RedisArgument(start + Self.page - 1)]
            let ids = try await send(RedisCommand("ZRANGE", range)).texts("ZRANGE")
            for (place, member, score) in try await places(of: ids, queue: queue, filter) {
                members[place, default: []].append((member, score))
            }
            guard ids.count == Self.page else { break }
            start += ids.count
        }
        return members.map { place, members in
            JobSource(
                queue: queue,
                place: .state(place.state),
                key: store.keys.state(place.state, of: queue),
                isReversed: filter.order == .newest,
                base: place.base,
                whole: members
            )
        }
    }

    /// The set of a state that a job is in, and for a waiting one the base of its priority.
    private struct SetPlace: Hashable {
        let state: JobState
        let base: Double
    }

    /// The sets that these jobs stand in, with their scores; only of jobs in the states of the filter.
    private func places(
        of members: [String],
        queue: String,
        _ filter: JobFilter
    ) async throws(JobError) -> [(SetPlace, member: String, score: Double)] {
        let ids = members.compactMap { try? JobID(queue: queue, local: $0) }  // what is no name is none of Martlet's
        let states = try await send(
            ids.map {
                RedisCommand("HGET", [RedisArgument(store.keys.job($0)), RedisArgument(JobField.state.rawValue)])
            }
        )
        let found = zip(ids, states).compactMap { id, reply -> (JobID, JobState)? in
            guard let state = reply.string.flatMap(JobState.init(rawValue:)),
                filter.states.isEmpty || filter.states.contains(state)
            else { return nil }
            return (id, state)
        }
        let scores = try await send(
            found.map { id, state in
                RedisCommand("ZSCORE", [RedisArgument(store.keys.state(state, of: queue)), RedisArgument(id.local)])
            }
        )
        return zip(found, scores).compactMap { found, reply in
            let (id, state) = found
            // One that has gone on meanwhile has no moment any more.
            guard let score = reply.string.flatMap({ Double($0) }), !score.isNaN else { return nil }
            let base = state == .waiting ? WaitingScore.base(of: score) : 0
            return (SetPlace(state: state, base: base), id.local, score)
        }
    }
}
