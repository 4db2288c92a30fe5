internal import RedisClient
internal import MartletScripts

extension JobStore {
    /// Deletes finished jobs that are past retention, at most `limit` (`lua/job/prune.lua`).
    ///
    /// `successful` and `others` are the ages to which successful and other finished jobs are kept; nil where an
    /// archiver takes all jobs, so that none is deleted by its age.
    ///
    /// - Returns: The number of jobs that were deleted.
    package func prune(
        queue: String,
        limit: Int,
        successful: Duration?,
        others: Duration?,
        maxJobs: Int
    ) async throws(JobError) -> Int {
        let reply = try await run(
            .prune,
            on: keys.queue(queue),
            [
                RedisArgument(limit), successful.map { RedisArgument($0.milliseconds) } ?? "",
                others.map { RedisArgument($0.milliseconds) } ?? "", RedisArgument(maxJobs),
            ]
        )
        guard reply.word == "ok", let deleted = reply.rest.first?.int else { throw reply.malformed() }
        return deleted
    }
}
