internal import ArgumentParser
internal import Foundation
internal import Logging
internal import Martlet
internal import MartletWorker
internal import RedisClient
internal import ServiceLifecycle
internal import UnixSignals

/// A worker process of a run.
///
/// It ends with the harness: when its standard input closes.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

    @Option var redis: String
    @Option var history: String
    @Option var slot: Int
    @Option var lease: Int
    @Option var concurrency: Int
    @Option var grace: Int
    @Option var leaderLease: Int
    @Option var id: String
    @Option var mutant: String?

    func run() async throws {
        Thread.detachNewThread {
            while !FileHandle.standardInput.availableData.isEmpty {}
            _exit(70)
        }
        let file = try HistoryFile(path: history)
        file.add(HistoryEvent(time: HistoryFile.now, kind: .began, word: "\(slot)"))
        let fault = try ProcessInfo.processInfo.environment["MARTLET_FAULT"].map {
            FaultTrigger(try FaultPoint($0), history: file)
        }
        let client = try ChaosClient.make(
            url: redis,
            history: file,
            mutant: try mutant.map(Mutant.named),
            fault: fault,
            level: .warning
        )
        var handlers = JobHandlers()
        handlers.add(ChaosHandler(client: client, history: file, queue: ChaosClient.queue))
        let worker = try Worker(
            client,
            handlers: handlers,
            configuration: WorkerConfiguration(
                queues: [ChaosClient.queue],
                concurrency: concurrency,
                lease: .milliseconds(lease),
                shutdownGrace: .milliseconds(grace),
                leaderLease: .milliseconds(leaderLease),
                // So that pruning is part of every run, and a look at the whole queue ends within a handler's time.
                retention: Retention(maxJobs: 5000)
            ),
            id: id
        )
        try await start(worker, logger: client.logger)
        await client.close()
    }

    /// Runs the worker until SIGTERM.
    ///
    /// It refuses to start without Redis, as it should; here that is only waited out.
    private func start(_ worker: Worker, logger: Logger) async throws {
        while true {
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [
                        .init(
                            service: worker,
                            successTerminationBehavior: .gracefullyShutdownGroup,
                            failureTerminationBehavior: .gracefullyShutdownGroup
                        )
                    ],
                    gracefulShutdownSignals: [.sigterm],
                    logger: logger
                )
            )
            do {
                return try await group.run()
            } catch let error as JobError where error.redis?.isOutage == true {
                logger.warning("not started", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
