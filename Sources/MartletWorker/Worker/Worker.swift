internal import Foundation
internal import Logging
public import Martlet
internal import NIOCore
internal import RedisClient
public import ServiceLifecycle

/// A worker: it claims jobs, runs their handlers and writes down how they ended.
///
/// ```swift
/// let worker = try Worker(jobs, handlers: handlers, configuration: .init(queues: ["mail"], concurrency: 50))
/// try await worker.run()
/// ```
/// 1. ``ClaimLoop`` claims jobs for free places; ``Doorbell`` wakes it when there are some.
/// 2. ``AttemptRunner`` runs each in a task; its log goes to Redis through ``LogShipper`` as it is written.
/// 3. ``Finisher`` writes the outcome; once that is on its way, the place is free.
/// 4. Meanwhile ``LeaseKeeper`` renews the leases and watches time limits, ``Orders`` hears which jobs operators
///    cancel, ``Heartbeat`` tells operators that the worker lives, and ``Pruner`` deletes jobs that are past retention.
/// 5. ``Declarations`` tells Redis of the program's schedules; ``Leader`` stands for leader, and while it leads
///    ``Scheduler`` fires schedules; ``ScheduleBell`` wakes it when one was changed.
///
/// The handlers run on Swift's pool of threads, and so do the parts that fire schedules; all else runs on the thread of
/// the connection to Redis. Handlers that block the whole pool keep their leases. While they do, the worker claims
/// nothing more, jobs that wait for a thread go back to the queue after one lease, and another worker takes over the
/// lead.
///
/// At a stop the worker claims nothing more, and running jobs go on for the grace. Jobs that still run are then
/// cancelled and released without spending an attempt, and the worker takes itself off the list. A graceful shutdown
/// does that; cancelling the task leaves out the grace.
///
/// A handler that ignores its cancellation can't be ended. After ``WorkerConfiguration/stuckGrace`` the worker goes on,
/// or ends, without it, and its task runs on until the process exits. So when ``run()`` throws, exit the process.
public final class Worker: Service, Sendable {
    /// The worker's id among all workers: host, process id and a random part.
    public let id: String

    private let client: JobClient
    private let handlers: JobHandlers
    private let schedules: Schedules
    private let configuration: WorkerConfiguration
    private let logger: Logger

    /// Makes a worker; it does nothing until ``run()`` is called.
    /// - Throws: ``JobError`` with the code `invalid` when the configuration is not acceptable.
    public convenience init(
        _ client: JobClient,
        handlers: JobHandlers,
        schedules: Schedules = Schedules(),
        configuration: WorkerConfiguration = WorkerConfiguration()
    ) throws(JobError) {
        try self.init(client, handlers: handlers, schedules: schedules, configuration: configuration, id: nil)
    }

    /// Makes a worker under an id that its supervisor knows, or under a new one when `id` is nil.
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
    /// Call it once only.
    ///
    /// An outage of Redis does not end it: the worker waits and resumes by itself, unless the outage lasts for longer
    /// than ``WorkerConfiguration/watchdog``.
    /// - Throws: ``JobError``. At the start: `unfit` when the server would lose jobs, `redis` when it can't be reached
    ///   or its ACL lacks something that a worker needs. At the end: `stuck` when handlers that ignored their
    ///   cancellation still run, `stalled` when the watchdog stopped the worker; replace the process then.
    public func run() async throws {
        try await client.checkServer()
        try await client.store.checkRights(of: .worker, queues: configuration.queues.queues)
        try await client.store.prepareDisclaim()
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
            // This ends a grace that is under way.
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

    /// Makes an id that no other worker has.
    package static func makeID() -> String {
        let host = ProcessInfo.processInfo.hostName.prefix(60).map { Name.isValid(String($0)) ? $0 : "-" }
        let random = String(UInt32.random(in: .min ... .max), radix: 36)
        return "\(String(host))-\(ProcessInfo.processInfo.processIdentifier)-\(random)"
    }
}
