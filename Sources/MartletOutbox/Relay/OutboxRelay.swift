public import Martlet
internal import RedisClient
public import ServiceLifecycle

/// Brings the rows of an outbox to Redis, in their order, as soon as they are committed.
///
/// ```swift
/// let relay = OutboxRelay(outbox, to: jobs)
/// let group = ServiceGroup(configuration: .init(services: [relay], logger: logger))
/// ```
/// Of several relays on one database, in one process or many, one works at a time. While Redis is away the relay tries
/// again, more and more seldom, and rows wait. Within a queue, jobs are enqueued in the order of their commits. Redis
/// sorts the jobs that it gets within one millisecond by id, so ids of your own that do not ascend slow the relay down.
///
/// Each queue in Redis remembers the last row that it was given. When that number is missing, or lower than the one in
/// the outbox, Redis was flushed, restored from an old file, or failed over with writes lost. The rows behind it that
/// were kept (``Outbox/keepUntilFinished``) are then sent again before anything else. A queue forgets an outbox that
/// has given it nothing for 90 days; a relay that comes back after that does the same.
public final class OutboxRelay: Service, Sendable {
    private let outbox: Outbox
    private let client: JobClient
    private let confirmation: Confirmation
    private let interval: Duration
    private let tap: RelayTap

    /// Prepares a relay; it does nothing until ``run()`` is called.
    ///
    /// - Parameters:
    ///   - outbox: the outbox whose rows are sent.
    ///   - jobs: the client that they are sent with.
    ///   - confirmation: the servers that have to have a job before its row counts as sent.
    ///   - interval: the time between two looks for rows that another process has committed, and for jobs that have
    ///     finished.
    public convenience init(
        _ outbox: Outbox,
        to jobs: JobClient,
        confirmedBy confirmation: Confirmation = .redis,
        interval: Duration = .seconds(1)
    ) {
        self.init(outbox, to: jobs, confirmedBy: confirmation, interval: interval, tap: { _ in })
    }

    package init(
        _ outbox: Outbox,
        to client: JobClient,
        confirmedBy confirmation: Confirmation,
        interval: Duration,
        tap: @escaping RelayTap
    ) {
        self.outbox = outbox
        self.client = client
        self.confirmation = confirmation
        self.interval = max(interval, .milliseconds(1))
        self.tap = tap
    }

    /// Relays until it is stopped.
    ///
    /// It goes on through outages of Redis and of the database, and logs them once a minute.
    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.work() }
        } catch is CancellationError {
            return  // told to stop, and stopped
        }
    }

    /// Sends the rows that are committed now, once.
    ///
    /// - Returns: the number of rows that Redis took; nil when another relay is at work.
    /// - Throws: `JobError` with the cause: `outbox` for the database, `redis` for Redis. Rows that were sent before
    ///   stay sent.
    public func relayOnce() async throws -> Int? {
        guard let lock = try RelayLock(database: outbox.path) else { return nil }
        var pass = RelayPass(outbox, client, confirmation, tap)
        let count = try await pass.run()
        _ = consume lock
        return count
    }

    private func work() async throws {
        let (calls, call) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let observer = outbox.addCommitObserver { call.yield() }
        defer { outbox.removeCommitObserver(observer) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await Task.sleep(for: self.interval)
                    call.yield()
                }
            }
            group.addTask { try await self.relay(calls) }
            try await group.next()
            group.cancelAll()
        }
    }

    private func relay(_ calls: AsyncStream<Void>) async throws {
        var lock: RelayLock?
        var pass = RelayPass(outbox, client, confirmation, tap)
        var alarm = RelayAlarm(logger: client.logger, path: outbox.path)
        var backoff = Backoff()
        var calls = calls.makeAsyncIterator()
        repeat {
            do {
                if lock == nil { lock = try RelayLock(database: outbox.path) }
                // Another relay is at work.
                if lock == nil { continue }
                _ = try await pass.run()
                backoff = Backoff()
                alarm.clear()
            } catch {
                try Task.checkCancellation()
                await alarm.raise(error, outbox)
                try await Task.sleep(for: backoff.next(after: (error as? JobError)?.redis))
            }
        } while await calls.next() != nil
    }
}
