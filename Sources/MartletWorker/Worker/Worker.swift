internal import Foundation
internal import Logging
public import Martlet
internal import NIOCore
internal import RedisClient
public import ServiceLifecycle

/// A process's part in running jobs: claims them, runs their handlers, writes down how they ended.
///
/// ```swift
/// let worker = try Worker(jobs, handlers: handlers, configuration: .init(queues: ["mail"], concurrency: 50))
/// try await worker.run()
/// ```
/// 1. ``ClaimLoop`` takes jobs for free places; ``Doorbell`` wakes it when there are some.
/// 2. ``AttemptRunner`` runs each in a task; its log goes to Redis through ``LogShipper`` as it is written.
/// 3. ``Finisher`` writes the outcome; with that on its way the place is free.
/// 4. Meanwhile ``LeaseKeeper`` holds the leases and watches time limits, ``Orders`` hears what operators cancel,
///    ``Heartbeat`` tells them that the worker lives, and ``Pruner`` deletes what is past retention.
/// 5. ``Declarations`` tells Redis of the program's schedules; ``Leader`` stands for leader, and while it leads
///    ``Scheduler`` fires schedules; ``ScheduleBell`` wakes it when one was changed.
///
/// The handlers run on Swift's pool of threads, and so does what fires schedules; all else runs on the thread of the
/// connection to Redis. Handlers that block the whole pool keep their leases; while they do, the worker claims nothing
/// more, what waits for a thread goes back to the queue after one lease, and others take the lead from it.
///
/// Stopping: no more claims; running jobs go on for the grace; what is left is cancelled and released without spending
/// an attempt; then the worker takes itself off the list. Graceful shutdown does that; cancelling the task leaves out
/// the grace.
///
/// A handler that ignores its cancellation can't be ended. After ``WorkerConfiguration/stuckGrace`` the worker goes on,
/// or ends, without it, and its task runs on until the process exits: when ``run()`` throws, exit.
public final class Worker: Service, Sendable {
    /// This process among all workers: host, process id and a random part.
    public let id: String

    private let client: JobClient
    private let handlers: JobHandlers
    private let schedules: Schedules
    private let configuration: WorkerConfiguration
    private let logger: Logger

    /// - Throws: ``JobError`` with the code `invalid` when the configuration is not acceptable.
    public convenience init(
        _ client: JobClient,
        handlers: JobHandlers,
        schedules: Schedules = Schedules(),
        configuration: WorkerConfiguration = WorkerConfiguration()
    ) throws(JobError) {
        try self.init(client, handlers: handlers, schedules: schedules, configuration: configuration, id: nil)
    }

    /// A worker under an id that its supervisor knows; one of its own where there is none.
    package init(
        _ client: JobClient,
        handlers: JobHandlers,
        schedules: Schedules = Schedules(),
        configuration: WorkerConfiguration,
        id: String?
    ) throws(JobError) {
        try configuration.check()
        self.client = client
        self.handlers = handlers
        self.schedules = schedules
        self.configuration = configuration
        self.id = try id.map { id throws(JobError) in try Name.checked(id, field: "worker id") } ?? Self.makeID()
        var logger = client.logger
        logger[metadataKey: "worker"] = "\(self.id)"
        self.logger = logger
    }

    /// Works until it is stopped.
    ///
    /// Once only.
    ///
    /// Redis being away ends nothing: the worker holds on and resumes by itself, unless it stays away for longer than
    /// ``WorkerConfiguration/watchdog``.
    /// - Throws: ``JobError`` at the start: `unfit` when the server would lose jobs, `redis` when it can't be reached
    ///   or its ACL lacks something that a worker needs. At the end: `stuck` when handlers that ignored their
    ///   cancellation still run, `stalled` when the watchdog stopped it; the process is then to be replaced.
    public func run() async throws {
        try await client.checkServer()
        try await client.store.checkRights(of: .worker, queues: configuration.queues.queues)
        let worker = WorkerContext(
            id: id,
            client: client,
            configuration: configuration,
            handlers: handlers,
            logger: logger
        )
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withTaskExecutorPreference(EventLoopExecutor(worker.eventLoop)) { await work(worker) }
            } onGracefulShutdown: {
                worker.stop.signal.raise()
            }
        } onCancel: {
            worker.stop.signal.raise()
            // A grace that was under way is over.
            worker.running.freed.raise()
        }
        if let failure = worker.stop.failure { throw failure }
        let stuck = worker.stuck.count
        if stuck > 0 {
            throw JobError(.stuck, "stopped with \(stuck) handlers still running: they ignored their cancellation")
        }
    }

    private func work(_ worker: WorkerContext) async {
        logger.info("working", metadata: ["queues": "\(worker.queues.joined(separator: " "))"])
        await WorkerParts(worker, handlers: handlers, schedules: schedules).run()
        logger.info("stopped")
    }

    /// An id that no other worker has.
    package static func makeID() -> String {
        let host = ProcessInfo.processInfo.hostName.prefix(60).map { Name.isValid(String($0)) ? $0 : "-" }
        let random = String(UInt32.random(in: .min ... .max), radix: 36)
        return "\(String(host))-\(ProcessInfo.processInfo.processIdentifier)-\(random)"
    }
}
