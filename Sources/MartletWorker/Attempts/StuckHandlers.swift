internal import Logging
internal import Martlet
internal import Synchronization

/// The handlers that ignored their cancellation until their attempts were given up, and still run.
///
/// Their places have gone to other jobs, so a process that collects such handlers does more and more at the same time.
/// With more than ``limit`` of them the worker stops.
final class StuckHandlers: Sendable {
    private let limit: Int
    private let stop: StopRequest
    private let logger: Logger
    private let current = Mutex(0)

    init(limit: Int, stop: StopRequest, logger: Logger) {
        self.limit = limit
        self.stop = stop
        self.logger = logger
    }

    /// The number of stuck handlers that run now.
    var count: Int { current.withLock { $0 } }

    func add(_ job: RunningJob) {
        let count = current.withLock { current in
            current += 1
            return current
        }
        logger.warning(
            "a handler ignores its cancellation: its lease is given up and its place is free, but it still runs",
            metadata: ["job": "\(job.claimed.id)", "type": "\(job.claimed.type)", "stuck": "\(count)"]
        )
        if count > limit {
            stop.fail(JobError(.stuck, "\(count) handlers ignored their cancellation and still run; \(limit) may"))
        }
    }

    /// Notes that the handler has returned or thrown after all.
    func remove(_ job: RunningJob) {
        current.withLock { $0 -= 1 }
        logger.notice("a stuck handler has ended", metadata: ["job": "\(job.claimed.id)"])
    }
}
