internal import Logging
internal import Martlet
internal import NIOCore

/// The parts of one worker, and the order in which they start and stop.
struct WorkerParts: Sendable {
    private let worker: WorkerContext
    private let doorbell: Doorbell
    private let loop: ClaimLoop
    private let shipper: LogShipper
    private let finisher: Finisher
    private let runner: AttemptRunner
    private let keeper: LeaseKeeper
    private let heartbeat: Heartbeat
    private let orders: Orders
    private let pruner: Pruner
    private let watchdog: Watchdog
    private let declarations: Declarations
    private let leader: Leader
    private let bell: ScheduleBell
    private let scheduler: Scheduler

    init(_ worker: WorkerContext, handlers: JobHandlers, schedules: Schedules) {
        self.worker = worker
        doorbell = Doorbell(worker)
        loop = ClaimLoop(worker, doorbell: doorbell)
        shipper = LogShipper(worker)
        finisher = Finisher(worker)
        runner = AttemptRunner(worker, handlers: handlers, shipper: shipper, finisher: finisher)
        keeper = LeaseKeeper(worker, runner: runner)
        let news = worker.makeWakeUp()
        heartbeat = Heartbeat(worker, clockLeapt: news)
        leader = Leader(worker, changed: news)
        orders = Orders(worker, doorbell: doorbell, heartbeat: heartbeat, leader: leader)
        pruner = Pruner(worker)
        watchdog = Watchdog(worker)
        declarations = Declarations(worker, schedules)
        bell = ScheduleBell(worker, news: news)
        scheduler = Scheduler(worker, leader: leader, signal: news, bell: bell)
    }

    /// Works until the worker is asked to stop, and then until the running jobs have ended.
    func run() async {
        watchdog.start()
        await withDiscardingTaskGroup { group in
            start(in: &group)
            group.addTask {
                await worker.stop.signal.wait()
                await stopTaking()
            }
            await loop.run(runner, keeper)
            // The claim loop may have ended by itself.
            worker.stop.signal.raise()
            watchdog.end()
            // The doorbell stops first, so that no more rings come here, not even those of the jobs that are given
            // back.
            await doorbell.stop()
            await drain()
            await finish()
        }
    }

    private func start(in group: inout DiscardingTaskGroup) {
        group.addTask { await finisher.run() }
        group.addTask { await doorbell.run() }
        group.addTask { await orders.run() }
        group.addTask { await heartbeat.run() }
        group.addTask { await pruner.run() }
        // To compute many slots of many schedules takes a while, and a process whose pool of threads is blocked must
        // not lead.
        group.addTask(executorPreference: globalConcurrentExecutor) { await declarations.run() }
        guard worker.configuration.standsForLeader else { return }
        group.addTask(executorPreference: globalConcurrentExecutor) { await leader.run() }
        group.addTask { await bell.run() }
        group.addTask(executorPreference: globalConcurrentExecutor) { await scheduler.run() }
    }

    /// Stops claiming jobs and firing schedules.
    private func stopTaking() async {
        loop.stop()
        worker.logger.info("stopping", metadata: ["running": "\(worker.running.count)"])
        declarations.stop()
        leader.stop()
        scheduler.stop()
        await bell.stop()
    }

    /// Lets running jobs go on for the grace, then cancels the rest.
    private func drain() async {
        let deadline = ContinuousClock.now + worker.configuration.shutdownGrace
        while worker.running.count > 0, ContinuousClock.now < deadline, !Task.isCancelled {
            await worker.running.freed.wait(deadline - .now)
        }
        for job in worker.running.all {
            job.stop(.shutdown)
        }
    }

    /// Waits until the end of every attempt is in Redis, and takes the worker off the list.
    private func finish() async {
        // Redis may be away. After 5 s the ends that are not written yet are left to the leases.
        let lastCall = worker.eventLoop.scheduleTask(in: .seconds(5)) {
            finisher.lastCall()
            shipper.lastCall()
        }
        while worker.running.count > 0 { await worker.running.freed.wait() }
        lastCall.cancel()
        finisher.close()
        pruner.stop()
        heartbeat.stop()
        await orders.stop()
    }
}
