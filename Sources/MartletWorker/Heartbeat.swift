internal import Foundation
internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Tells operators every ten seconds that this worker lives and what it is doing.
final class Heartbeat: Sendable {
    private let client: JobClient
    private let configuration: WorkerConfiguration
    private let worker: String
    private let types: [String]
    private let running: RunningJobs
    private let signal: Signal
    private let logger: Logger
    private let isStopped = Mutex(false)
    private let startedAt = Mutex<Int64>(0)

    private static let period = Duration.seconds(10)
    /// A silent worker's entry goes after this long.
    private static let forgetting = Duration.seconds(60)

    init(
        client: JobClient,
        configuration: WorkerConfiguration,
        worker: String,
        types: [String],
        running: RunningJobs,
        eventLoop: any EventLoop
    ) {
        self.client = client
        self.configuration = configuration
        self.worker = worker
        self.types = types
        self.running = running
        self.signal = Signal(eventLoop: eventLoop)
        self.logger = client.logger
    }

    func stop() {
        isStopped.withLock { $0 = true }
        signal.raise()
    }

    /// Beats until it is stopped, and then takes the worker out of the registry.
    func run() async {
        while !isStopped.withLock({ $0 }) {
            do throws(JobError) {
                try await beat()
            } catch {
                logger.debug("heartbeat failed, trying again", metadata: ["error": "\(error)"])
            }
            await signal.wait(Self.period)
        }
        do throws(JobError) {
            let keys = client.store.keys
            try await send([
                RedisCommand("ZREM", [RedisArgument(keys.workers), RedisArgument(worker)]),
                RedisCommand("UNLINK", [RedisArgument(keys.worker(worker)), RedisArgument(keys.orders(worker))]),
            ])
        } catch {
            logger.debug("worker not deregistered", metadata: ["error": "\(error)"])
        }
    }

    /// Puts the worker and its queues where operators look for them.
    private func beat() async throws(JobError) {
        for queue in configuration.queues.queues {
            try await client.register(queue)
        }
        try await client.store.heartbeat(worker: worker, forgottenAfter: Self.forgetting)
        if startedAt.withLock({ $0 == 0 }) {
            let now = try await client.inspector.now()
            startedAt.withLock { $0 = now }
        }
        let key = RedisArgument(client.store.keys.worker(worker))
        try await send([
            RedisCommand("HSET", [key] + fields.flatMap { [RedisArgument($0), RedisArgument($1)] }),
            RedisCommand("PEXPIRE", [key, RedisArgument(Self.forgetting.milliseconds)]),
        ])
    }

    private var fields: [(String, String)] {
        [
            ("host", ProcessInfo.processInfo.hostName),
            ("pid", "\(ProcessInfo.processInfo.processIdentifier)"),
            ("release", configuration.release ?? ""),
            ("queues", configuration.queues.queues.joined(separator: " ")),
            ("types", types.joined(separator: " ")),
            ("concurrency", "\(configuration.concurrency)"),
            ("running", "\(running.count)"),
            ("started_at", "\(startedAt.withLock { $0 })"),
        ]
    }

    private func send(_ commands: [RedisCommand]) async throws(JobError) {
        for result in await client.store.redis.send(commands) {
            do {
                _ = try result.get()
            } catch {
                throw JobError(error)
            }
        }
    }
}
