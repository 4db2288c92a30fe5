internal import NIOCore

/// Runs tasks on the thread of an event loop.
///
/// It is for tasks that mostly wait for Redis: they change threads with no answer, and do not wait for Swift's pool of
/// threads.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
