internal import RedisClient

extension Inspector {
    /// Reads the counts of a queue in each of these hours, at most 25: whole hours since 1970 by Redis's clock.
    ///
    /// The hash of an hour is kept for the day after it.
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
