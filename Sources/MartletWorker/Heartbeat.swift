internal import Foundation
internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Tells operators every ten seconds that this worker lives and what it is doing.
final class Heartbeat: Sendable {
    private let worker: WorkerContext
    private let signal: Signal
    private let isStopped = Mutex(false)
    private let startedAt = Mutex<Int64>(0)

    private static let period = Duration.seconds(10)
    /// A silent worker's entry goes after this long.
    private static let forgetting = Duration.seconds(60)

    init(_ worker: WorkerContext) {
        self.worker = worker
        self.signal = worker.makeSignal()
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
                worker.logger.debug("heartbeat failed, trying again", metadata: ["error": "\(error)"])
            }
            await signal.wait(Self.period)
        }
        do throws(JobError) {
            let keys = worker.store.keys
            try await send([
                RedisCommand("ZREM", [RedisArgument(keys.workers), RedisArgument(worker.id)]),
                RedisCommand("UNLINK", [RedisArgument(keys.worker(worker.id)), RedisArgument(keys.orders(worker.id))]),
            ])
        } catch {
            worker.logger.debug("worker not deregistered", metadata: ["error": "\(error)"])
        }
    }

    /// Puts the worker and its queues where operators look for them.
    private func beat() async throws(JobError) {
        for queue in worker.queues {
            try await worker.client.register(queue)
        }
        try await worker.store.heartbeat(worker: worker.id, forgottenAfter: Self.forgetting)
        if startedAt.withLock({ $0 == 0 }) {
            let now = try await worker.client.inspector.now()
            startedAt.withLock { $0 = now }
        }
        let key = RedisArgument(worker.store.keys.worker(worker.id))
        try await send([
            RedisCommand("HSET", [key] + fields.flatMap { [RedisArgument($0), RedisArgument($1)] }),
            RedisCommand("PEXPIRE", [key, RedisArgument(Self.forgetting.milliseconds)]),
        ])
    }

    private var fields: [(String, String)] {
        [
            ("host", ProcessInfo.processInfo.hostName),
            ("pid", "\(ProcessInfo.processInfo.processIdentifier)"),
            ("release", worker.configuration.release ?? ""),
            ("queues", worker.queues.joined(separator: " ")),
            ("types", worker.types.joined(separator: " ")),
            ("concurrency", "\(worker.configuration.concurrency)"),
            ("running", "\(worker.running.count)"),
            ("started_at", "\(startedAt.withLock { $0 })"),
        ]
    }

    private func send(_ commands: [RedisCommand]) async throws(JobError) {
        for result in await worker.store.redis.send(commands) {
            do {
                _ = try result.get()
            } catch {
                throw JobError(error)
            }
        }
    }
}
