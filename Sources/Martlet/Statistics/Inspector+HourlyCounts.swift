internal import RedisClient

extension Inspector {
    /// What happened in a queue in each of these hours, 25 at most: whole hours since 1970 by Redis's clock. The hash
    /// of an hour is kept for the day after it.
    public func hourlyCounts(queue: String, hours: [Int64]) async throws(JobError) -> [Int64: HourlyCounts] {
        let hours = hours.prefix(25)
        let replies = try await send(
            hours.map { RedisCommand("HGETALL", [RedisArgument(store.keys.counts(queue, hour: $0))]) }
        )
        var counts: [Int64: HourlyCounts] = [:]
        for (hour, reply) in zip(hours, replies) {
            counts[hour] = HourlyCounts(try reply.fields("HGETALL"))
        }
        return counts
    }
}
