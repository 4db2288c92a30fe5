public import Logging
public import Martlet

/// The settings of a worker.
public struct WorkerConfiguration: Sendable {
    /// The queues that the worker claims from.
    public var queues: QueueOrder
    /// The number of jobs that the worker runs at the same time.
    ///
    /// Default 10. The worker claims only for free places, so a job never waits behind another in a worker while a
    /// second worker is idle.
    public var concurrency: Int
    /// The lease: how long a claimed job stays the worker's without a renewal.
    ///
    /// Default 30 s. The worker renews at a third of it. When a worker dies, its jobs are taken back this long after
    /// its last renewal.
    public var lease: Duration
    /// The number of attempts lost with their worker after which a job ends in Error.
    public var crashLimit: Int
    /// The time that running jobs may go on after a stop was asked for.
    ///
    /// Then they are cancelled and given back, which spends no attempt. Default 30 s.
    public var shutdownGrace: Duration
    /// The time that a handler may go on after its cancellation: at the time limit, when somebody cancels the job, when
    /// the lease is lost, and after the grace of a shutdown.
    ///
    /// After it the worker gives the attempt up: it writes the end of the attempt without the handler, and the place is
    /// free. The handler itself can't be ended and runs on beside the others. Default 30 s.
    public var stuckGrace: Duration
    /// The number of given-up handlers that may run on.
    ///
    /// With one more the worker stops and ``Worker/run()`` throws, so that the supervisor of the process starts a new
    /// one. Nil, the default, stands for ``concurrency``, so that a process never runs more than twice as many handlers
    /// as it has places.
    public var maxStuck: Int?
    /// The time without an answered claim after which the worker stops and ``Worker/run()`` throws: Redis is away, or
    /// the worker hangs.
    ///
    /// Default 5 minutes.
    public var watchdog: Duration
    /// True when the worker stands for leader.
    ///
    /// Of all that do, one fires the schedules.
    public var standsForLeader: Bool
    /// The leader's lease: how long a worker leads without a renewal.
    ///
    /// Default 20 s. The leader renews at two thirds of it. When a leader dies, another worker leads this long after
    /// its last renewal.
    public var leaderLease: Duration
    /// The lowest level of the lines that go to a job's log.
    ///
    /// Default `info`.
    public var logLevel: Logger.Level
    /// The most that a job's log may hold.
    public var logLimits: LogLimits
    /// The time that finished jobs stay in Redis.
    public var retention: Retention
    /// The release that operators see beside the worker, for example a commit.
    ///
    /// Default nil, for none.
    public var release: String?
    /// The longest wait of an idle worker between two looks, in case a ring of the doorbell was lost.
    ///
    /// Tests of what wakes a worker have a far longer one.
    package var longestWait = Duration.seconds(5)
    /// True to end by itself when the queues have nothing that this worker could run: for tests.
    package var endsWhenEmpty = false

    /// Makes a configuration; each parameter is the property of its name.
    public init(
        queues: QueueOrder = ["default"],
        concurrency: Int = 10,
        lease: Duration = .seconds(30),
        crashLimit: Int = 3,
        shutdownGrace: Duration = .seconds(30),
        stuckGrace: Duration = .seconds(30),
        maxStuck: Int? = nil,
        watchdog: Duration = .seconds(300),
        standsForLeader: Bool = true,
        leaderLease: Duration = .seconds(20),
        logLevel: Logger.Level = .info,
        logLimits: LogLimits = LogLimits(),
        retention: Retention = Retention(),
        release: String? = nil
    ) {
        self.queues = queues
        self.concurrency = concurrency
        self.lease = lease
        self.crashLimit = crashLimit
        self.shutdownGrace = shutdownGrace
        self.stuckGrace = stuckGrace
        self.maxStuck = maxStuck
        self.watchdog = watchdog
        self.standsForLeader = standsForLeader
        self.leaderLease = leaderLease
        self.logLevel = logLevel
        self.logLimits = logLimits
        self.retention = retention
        self.release = release
    }

    /// Checks each value.
    /// - Throws: ``JobError`` with the code `invalid`, which names the first value that is not acceptable.
    func check() throws(JobError) {
        let names = queues.queues
        guard !names.isEmpty else { throw .invalid("queues", "", "name at least one queue") }
        for name in names {
            _ = try Name.checked(name, field: "queue")
        }
        if case .weighted(let weights) = queues {
            for (queue, weight) in weights where !(1...1000).contains(weight) {
                throw .invalid("weight of \(queue)", "\(weight)", "use a whole number from 1 to 1,000")
            }
        }
        guard (1...10_000).contains(concurrency) else {
            throw .invalid("concurrency", "\(concurrency)", "use a whole number from 1 to 10,000")
        }
        guard (.seconds(1)...(.seconds(3600))).contains(lease) else {
            throw .invalid("lease", "\(lease)", "use 1 second to 1 hour")
        }
        guard (.seconds(1)...(.seconds(3600))).contains(leaderLease) else {
            throw .invalid("leader lease", "\(leaderLease)", "use 1 second to 1 hour")
        }
        guard (1...100).contains(crashLimit) else {
            throw .invalid("crash limit", "\(crashLimit)", "use a whole number from 1 to 100")
        }
        for (field, value) in [
            ("shutdown grace", shutdownGrace), ("stuck grace", stuckGrace),
            ("retention of successful jobs", retention.successful),
            ("retention of other jobs", retention.others),
        ] where !(.zero ... .longest).contains(value) {
            throw .invalid(field, "\(value)", "use a duration from zero to 100 years")
        }
        // An idle worker claims, or looks whether there is anything to claim, every five seconds.
        guard (.seconds(10) ... .longest).contains(watchdog) else {
            throw .invalid("watchdog", "\(watchdog)", "use 10 seconds to 100 years")
        }
        for (field, value, least) in [
            ("stuck handlers", maxStuck ?? concurrency, 0),
            ("log lines", logLimits.lines, 1), ("log bytes", logLimits.bytes, 1),
            ("log line bytes", logLimits.lineBytes, 1), ("retained jobs", retention.maxJobs, 0),
            ("unarchived jobs", retention.maxUnarchived, 0),
        ] where value < least {
            throw .invalid(field, "\(value)", "use a whole number from \(least)")
        }
    }
}

/// The time that finished jobs stay in Redis, and how many of them.
///
/// The workers delete jobs that are past it, in small batches, under load too.
public struct Retention: Sendable, Hashable {
    /// The age from which on successful jobs are deleted.
    ///
    /// Default 24 hours.
    public var successful: Duration
    /// The age from which on jobs are deleted that ended in Warning or Error, or were cancelled.
    ///
    /// Default 30 days.
    public var others: Duration
    /// The most jobs in each finished state of a queue; beyond it the oldest are deleted.
    ///
    /// Default 100,000.
    public var maxJobs: Int
    /// The most jobs in each finished state of a queue while an archiver takes finished jobs.
    ///
    /// No job is deleted for its age then. This is how far the archive may lag behind, or be away, before jobs are
    /// deleted that it does not have. Default 1,000,000, about 700 MB of small jobs.
    public var maxUnarchived: Int

    /// Makes a retention; each parameter is the property of its name.
    public init(
        successful: Duration = .seconds(24 * 3600),
        others: Duration = .seconds(30 * 24 * 3600),
        maxJobs: Int = 100_000,
        maxUnarchived: Int = 1_000_000
    ) {
        self.successful = successful
        self.others = others
        self.maxJobs = maxJobs
        self.maxUnarchived = maxUnarchived
    }
}
