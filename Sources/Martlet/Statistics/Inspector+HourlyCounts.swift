public import FoundationEssentials
internal import RedisClient

extension Inspector {
    /// Reads what happened in a queue in some hours.
    ///
    /// An hour begins on the hour in UTC, by Redis's clock. Its counts are kept for the day after it.
    ///
    /// - Parameters:
    ///   - queue: the name of the queue.
    ///   - hours: an instant in each of the hours; the first 25 are read.
    /// - Returns: the counts by when the hour began.
    /// - Throws: ``JobError`` when Redis does not answer.
    public func hourlyCounts(queue: String, hours: [Date]) async throws(JobError) -> [Date: HourlyCounts] {
        let hours = hours.prefix(25).map(\.startOfHour)
        let replies = try await send(
            hours.map { RedisCommand("HGETALL", [RedisArgument(store.keys.counts(queue, hourOf: $0))]) }
        )
        var counts: [Date: HourlyCounts] = [:]
        for (hour, reply) in zip(hours, replies) {
            counts[hour] = HourlyCounts(try reply.fields("HGETALL"))
        }
        return counts
    }
}
