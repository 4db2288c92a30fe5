public import Logging
public import Martlet

extension OutboxRelay {
    /// Prepares a relay for the spool that producers on this machine write to.
    ///
    /// - Parameters:
    ///   - path: the spool; made where there is none.
    ///   - jobs: the client that jobs are sent with.
    ///   - confirmation: the servers that have to have a job before it counts as sent.
    ///   - interval: the time between two looks for jobs that other processes have enqueued.
    /// - Throws: `JobError` with the code `outbox` when the spool can't be opened.
    public convenience init(
        spool path: String,
        to jobs: JobClient,
        confirmedBy confirmation: Confirmation = .redis,
        interval: Duration = .seconds(1)
    ) throws(JobError) {
        self.init(try Spool.open(path), to: jobs, confirmedBy: confirmation, interval: interval)
    }
}

extension JobClient {
    /// Makes a client that enqueues jobs even while Redis is away.
    ///
    /// `enqueue` returns when the job is on the disk, in the spool, and an ``OutboxRelay`` on the same file brings it
    /// to Redis.
    ///
    /// ```swift
    /// let jobs = try JobClient(spool: "/var/lib/app/spool.db")
    /// let relay = try OutboxRelay(spool: "/var/lib/app/spool.db", to: JobClient())
    /// ```
    /// - Parameters:
    ///   - path: the spool; made where there is none, for its owner alone, in a folder that has to be there. Any number
    ///     of processes may use it.
    ///   - limit: the jobs that may wait in it; with more, `enqueue` throws `JobError` with the code `full`.
    ///   - keepUntilFinished: true to keep a job in it until the job is seen finished; see
    ///     ``Outbox/keepUntilFinished``.
    ///   - url: the Redis that other calls than `enqueue` go to; nil stands for `MARTLET_REDIS_URL`.
    ///   - prefix: the beginning of all keys.
    ///   - payloadLimit: the most bytes that a payload may have.
    ///   - logger: the logger of the connection to Redis.
    /// - Throws: `JobError` with the code `outbox` when the spool can't be opened, `invalid` for an argument.
    public convenience init(
        spool path: String,
        limit: Int = 100_000,
        keepUntilFinished: Bool = false,
        redis url: String? = nil,
        prefix: String = "martlet",
        payloadLimit: Int = JobClient.defaultPayloadLimit,
        logger: Logger = Logger(label: "martlet")
    ) throws(JobError) {
        let spool = try Spool.open(
            path,
            limit: limit,
            keepUntilFinished: keepUntilFinished,
            payloadLimit: payloadLimit
        )
        try self.init(redis: url, prefix: prefix, payloadLimit: payloadLimit, logger: logger) { jobs throws(JobError) in
            try await spool.enqueue(jobs)
        }
    }
}
