internal import Logging
public import Martlet
internal import RedisClient
public import ServiceLifecycle
internal import Synchronization

/// Brings the rows of an outbox to Redis, in their order, as soon as they are committed.
///
/// ```swift
/// let relay = OutboxRelay(outbox, to: jobs)
/// let group = ServiceGroup(configuration: .init(services: [relay], logger: logger))
/// ```
/// Of several relays on one database, in one process or many, one works at a time. While Redis is away it backs off,
/// and rows wait. Within a queue jobs are enqueued in the order of their commits; Redis sorts what it gets within one
/// millisecond by id, so ids of your own that do not ascend slow the relay down.
///
/// Each queue of Redis remembers the last row that it was given: the outbox's epoch there. When it is missing or older
/// than the outbox knows, because Redis was flushed, restored from an old file, or failed over with writes lost,
/// nothing more is taken until the rows behind it that were kept (``Outbox/keepUntilFinished``) have been sent again.
public final class OutboxRelay: Service, Sendable {
    private let outbox: Outbox
    private let client: JobClient
    private let confirmation: Confirmation
    private let interval: Duration
    private let tap: RelayTap

    /// - Parameters:
    ///   - jobs: where the rows go.
    ///   - confirmation: who has to have a job before its row counts as sent.
    ///   - interval: how often it looks for rows that another process has committed, and for jobs that have finished.
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

    /// Relays until it is stopped. Neither Redis nor the database being away ends it.
    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.work() }
        } catch is CancellationError {
            return  // told to stop, and stopped
        }
    }

    /// Sends what is committed now, once.
    /// - Returns: how many rows Redis took; nil when another relay is at work.
    /// - Throws: ``JobError`` or ``ArchiveError``: what stands in the way. What was sent before stays sent.
    public func relayOnce() async throws -> Int? {
        guard let lock = try RelayLock(database: outbox.path) else { return nil }
        var pass = RelayPass(outbox, client, confirmation, tap)
        let count = try await pass.run()
        _ = consume lock
        return count
    }

    private func work() async throws {
        let (calls, call) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let listener = outbox.listen { call.yield() }
        defer { outbox.deaf(listener) }
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

/// Says once, and then once a minute, that rows are not sent, and why; and that they are again.
private struct RelayAlarm {
    let logger: Logger
    let path: String
    private var cause: String?
    private var saidAt = ContinuousClock.now

    init(logger: Logger, path: String) {
        self.logger = logger
        self.path = path
    }

    mutating func raise(_ error: any Error, _ outbox: Outbox) async {
        let text = "\(error)"
        defer { cause = text }
        guard cause == nil || ContinuousClock.now - saidAt > .seconds(60) else { return }
        saidAt = .now
        // The cause is told in any case; where the outbox itself can't be read, how much waits is unknown.
        let status = try? await outbox.status()
        logger.warning(
            "jobs wait in the outbox",
            metadata: [
                "error": "\(text)", "outbox": "\(path)", "pending": "\(status.map { "\($0.pending)" } ?? "unknown")",
                "oldest": "\(status.map { "\($0.oldest ?? .zero)" } ?? "unknown")",
            ]
        )
    }

    mutating func clear() {
        guard cause != nil else { return }
        cause = nil
        logger.notice("jobs go from the outbox to Redis again", metadata: ["outbox": "\(path)"])
    }
}
