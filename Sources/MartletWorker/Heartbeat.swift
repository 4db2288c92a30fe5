internal import Foundation
internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Tells operators every ten seconds that this worker lives and what it is doing.
final class Heartbeat: Sendable {
    private let worker: WorkerContext
    private let signal: WakeUp
    private let isStopped = Mutex(false)
    private let startedAt = Mutex<Int64>(0)

    private static let period = Duration.seconds(10)
    /// A silent worker's entry goes after this long.
    private static let forgetting = Duration.seconds(60)

    init(_ worker: WorkerContext) {
        self.worker = worker
        self.signal = worker.makeWakeUp()
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
                worker.logger.report(error, "heartbeat failed, trying again")
            }
            await signal.wait(Self.period)
        }
        do throws(JobError) {
            try await worker.store.withdraw(worker.id)
        } catch {
            worker.logger.report(error, "worker not taken off the list")
        }
    }

    /// Puts the worker and its queues where operators look for them.
    private func beat() async throws(JobError) {
        if startedAt.withLock({ $0 == 0 }) {
            let now = try await worker.client.inspector.now()
            startedAt.withLock { $0 = now }
        }
        try await worker.store.announce(
            worker.id,
            fields: fields,
            queues: worker.queues,
            forgottenAfter: Self.forgetting
        )
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
}
