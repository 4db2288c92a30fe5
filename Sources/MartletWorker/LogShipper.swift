internal import Logging
internal import Martlet
internal import NIOCore
internal import Synchronization

/// Sends the logs of all running jobs of the process: one timer, one write for all of them.
///
/// It works on the event loop alone, so that a job's lines come out also while its handler, or another, holds every
/// thread of Swift's pool.
final class LogShipper: Sendable {
    private let waiting: Mutex<[JobLog]> = Mutex([])
    private let store: JobStore
    private let eventLoop: any EventLoop
    private let logger: Logger

    /// How long a line may wait for others.
    private static let delay = TimeAmount.milliseconds(50)

    init(_ worker: WorkerContext) {
        self.store = worker.store
        self.eventLoop = worker.eventLoop
        self.logger = worker.logger
    }

    /// Has the log sent with the next round. From any thread.
    func add(_ log: JobLog) {
        let isFirst = waiting.withLock { waiting in
            waiting.append(log)
            return waiting.count == 1
        }
        if isFirst {
            eventLoop.scheduleTask(in: Self.delay) { self.ship() }
        }
    }

    /// Sends the log at once: its job has ended.
    func shipNow(_ log: JobLog) {
        eventLoop.execute { log.ship(to: self.store) }
    }

    func failed(_ job: ClaimedJob, _ error: JobError) {
        logger.warning("log lines not taken", metadata: ["job": "\(job.id)", "error": "\(error)"])
    }

    private func ship() {
        let logs = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for log in logs {
            log.ship(to: store)
        }
    }
}
