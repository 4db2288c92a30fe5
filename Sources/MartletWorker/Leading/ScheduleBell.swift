internal import Logging
internal import Martlet
internal import NIOCore
internal import Synchronization

/// Hears, while this process leads, that there is something to do before the next slot.
///
/// It blocks on a list in which each script that moves a schedule, or puts a job of one into the pending list, leaves a
/// token.
///
/// A token is only a reason to look. The leader also looks when it is elected, when listening was interrupted and once
/// a minute, so a token that is lost with a process or a connection costs at most that minute, and no slot.
final class ScheduleBell: Sendable {
    private let store: JobStore
    private let leadership: Leadership
    private let listener: ListListener
    private let wanted: WakeUp
    private let news: WakeUp
    private let logger: Logger
    private let hasListened = Mutex(false)

    /// Makes a bell, which raises `news` when it rings.
    init(_ worker: WorkerContext, news: WakeUp) {
        self.store = worker.store
        self.leadership = worker.leadership
        self.listener = ListListener([worker.store.keys.news], name: "martlet-schedules", worker: worker) {
            news.raise()
        }
        self.wanted = worker.makeWakeUp()
        self.news = news
        self.logger = worker.logger
    }

    /// Begins to listen; called while this process leads, before it sleeps.
    func listen() {
        wanted.raise()
    }

    /// Stops listening.
    ///
    /// A ring may have been on its way here, so it rings once more, for the next leader.
    func stop() async {
        wanted.stop()
        await listener.stop()
        if hasListened.withLock(\.self) { await passOn() }
    }

    /// Hears rings while this process leads, until it is stopped.
    func run() async {
        while !wanted.isStopped {
            guard leadership.term != nil else {
                await wanted.wait()
                continue
            }
            hasListened.withLock { $0 = true }
            guard await listener.next() != nil else { return }
            news.raise()
            if leadership.term == nil { await passOn() }
        }
    }

    /// Rings again, for another process that leads now, or will.
    func passOn() async {
        do throws(JobError) {
            try await store.ringLeader()
        } catch {
            logger.report(error, "ring not passed on")
        }
    }
}
