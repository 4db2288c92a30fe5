internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient

/// Tells Redis of the schedules that the program declares: all of each at the start, and that they are still declared
/// once a minute.
final class Declarations: Sendable {
    private let store: JobStore
    private let schedules: [Schedule]
    private let signal: WakeUp
    private let logger: Logger

    private static let period = Duration.seconds(60)
    /// Told of with one call.
    private static let batch = 200

    init(_ worker: WorkerContext, _ schedules: Schedules) {
        self.store = worker.store
        self.schedules = schedules.all
        self.signal = worker.makeWakeUp()
        self.logger = worker.logger
    }

    func stop() {
        signal.stop()
    }

    func run() async {
        guard !schedules.isEmpty else { return }
        var backoff = Backoff()
        var new = schedules
        while !signal.isStopped {
            do throws(JobError) {
                try await declare(new)
                backoff = Backoff()
                guard await signal.wait(Self.period) else { return }
                // If this fails, all are declared anew, which changes nothing where nothing has changed.
                new = schedules
                new = try await forgotten()
            } catch {
                logger.report(error, "schedules not declared, trying again")
                await signal.wait(backoff.next(after: error.redis))
            }
        }
    }

    private func declare(_ schedules: [Schedule]) async throws(JobError) {
        var counts: [String: Int] = [:]
        for start in stride(from: 0, to: schedules.count, by: Self.batch) {
            let batch = Array(schedules[start..<min(start + Self.batch, schedules.count)])
            for word in try await store.declare(batch) {
                counts[word, default: 0] += 1
            }
        }
        guard !counts.isEmpty else { return }
        let shown = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        logger.info("schedules declared", metadata: ["schedules": "\(shown)"])
    }

    /// Those that were disabled meanwhile because nobody declared them: this process was frozen, or cut off.
    private func forgotten() async throws(JobError) -> [Schedule] {
        var names: Set<String> = []
        for start in stride(from: 0, to: schedules.count, by: 1000) {
            let batch = schedules[start..<min(start + 1000, schedules.count)]
            names.formUnion(try await store.redeclare(batch.map(\.name)))
        }
        return schedules.filter { names.contains($0.name) }
    }
}
