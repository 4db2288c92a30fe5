public import Logging
public import Martlet

/// How a worker works.
public struct WorkerConfiguration: Sendable {
    /// Where it claims from.
    ///
    /// Default: `default`.
    public var queues: QueueOrder
    /// How many jobs it runs at the same time.
    ///
    /// Default 10. It claims only for free places, so a job never waits behind another in a worker while a second
    /// worker is idle.
    public var concurrency: Int
    /// How long a claimed job stays its own without news of it; it renews at a third.
    ///
    /// Default 30 s. When a worker dies, its jobs are taken back this long after its last sign of life.
    public var lease: Duration
    /// Attempts that ended with the loss of their worker, after which a job ends in Error.
    ///
    /// Default 3.
    public var crashLimit: Int
    /// How long running jobs may go on after a stop was asked for.
    ///
    /// Then they are cancelled and given back, which spends no attempt. Default 30 s.
    public var shutdownGrace: Duration
    /// How long a handler may go on after its cancellation: at the time limit, when somebody cancels the job, when the
    /// lease is lost, and after the grace of a shutdown.
    ///
    /// Then its lease is given up, the end of the attempt is written without it and its place is free. It can't be
    /// ended: it runs on beside the others. Default 30 s.
    public var stuckGrace: Duration
    /// How many such handlers may run on.
    ///
    /// With one more the worker stops and ``Worker/run()`` throws, so that whoever supervises the process starts a new
    /// one. Default: as many as it has places, so that a process never runs more than twice as many handlers as it was
    /// given places.
    public var maxStuck: Int?
    /// How long no claim may come through, Redis being away or the worker hanging, until the worker stops and
    /// ``Worker/run()`` throws.
    ///
    /// Default 5 minutes.
    public var watchdog: Duration
    /// Whether it stands for leader: one worker of all fires the schedules.
    ///
    /// Default true.
    public var standsForLeader: Bool
    /// How long a leader leads without news of it; it renews at two thirds.
    ///
    /// When it dies, another one leads this long after its last sign of life. Default 20 s.
    public var leaderLease: Duration
    /// The lowest level of a line that goes to a job's log.
    ///
    /// Default `info`.
    public var logLevel: Logger.Level
    /// What a job's log may hold.
    public var logLimits: LogLimits
    /// How long finished jobs stay in Redis.
    public var retention: Retention
    /// What the worker says of its release to operators, for example a commit.
    ///
    /// Default none.
    public var release: String?
    /// Whether it ends by itself when its queues have nothing that it could run: for tests.
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

    /// - Throws: ``JobError`` with the code `invalid`.
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

/// How long finished jobs stay in Redis.
///
/// The workers delete what is past it, in small batches, under load too.
public struct Retention: Sendable, Hashable {
    /// Age of successful jobs.
    ///
    /// Default 24 hours.
    public var successful: Duration
    /// Age of those that ended in warning or error, or were cancelled.
    ///
    /// Default 30 days.
    public var others: Duration
    /// Jobs in each of these states of a queue; the oldest go.
    ///
    /// Default 100,000.
    public var maxJobs: Int
    /// The same while an archiver takes finished jobs, which none goes before by its age: how far the archive may be
    /// behind, or away, until jobs are deleted that it has not.
    ///
    /// Default 1,000,000, about 700 MB of small jobs.
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
