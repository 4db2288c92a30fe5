internal import Foundation
internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Tells operators that this worker lives and what it is doing: every 10 s while jobs run, and every 20 s while none
/// does.
final class Heartbeat: Sendable {
    private let worker: WorkerContext
    private let signal: WakeUp
    private let clockLeapt: WakeUp
    private let startedAt = Mutex<Int64>(0)

    /// The time after which the entry of a silent worker is deleted.
    private static let forgetting = Duration.seconds(60)
    /// The number of heartbeats of which one is thorough.
    private static let thorough = 6

    /// Makes the heartbeat of a worker, which raises `clockLeapt` when Redis's clock has gone further than this
    /// process's own.
    init(_ worker: WorkerContext, clockLeapt: WakeUp) {
        self.worker = worker
        self.clockLeapt = clockLeapt
        self.signal = worker.makeWakeUp()
    }

    /// The time between two heartbeats.
    ///
    /// It is a third of the watchdog's limit when that is less, since a full worker proves its health with heartbeats.
    private var period: Duration {
        min(worker.running.count == 0 ? .seconds(20) : .seconds(10), worker.configuration.watchdog / 3)
    }

    /// Sends a heartbeat at once, to show a change.
    func beatNow() {
        signal.raise()
    }

    func stop() {
        signal.stop()
    }

    /// Beats until it is stopped, and then takes the worker out of the registry.
    func run() async {
        var leap = ClockLeap()
        var beats = 0
        while !signal.isStopped {
            do throws(JobError) {
                let now = try await beat(isThorough: beats.isMultiple(of: Self.thorough))
                beats += 1
                let own = Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000)
                if leap.isSeen(now.milliseconds, own: own) { clockLeapt.raise() }
            } catch {
                worker.logger.report(error, "heartbeat failed, trying again")
            }
            await signal.wait(period)
        }
        do throws(JobError) {
            try await worker.store.withdraw(worker.id)
        } catch {
            worker.logger.report(error, "worker not taken off the list")
        }
    }

    /// Puts the worker and its queues where operators look for them.
    /// - Returns: Redis's time.
    private func beat(isThorough: Bool) async throws(JobError) -> Date {
        try await worker.store.announce(
            worker.id,
            fields: fields,
            queues: worker.queues,
            forgottenAfter: Self.forgetting,
            isThorough: isThorough
        )
    }

    private func fields(_ now: Date) -> [(String, String)] {
        let startedAt = startedAt.withLock { startedAt in
            if startedAt == 0 { startedAt = now.milliseconds }
            return startedAt
        }
        worker.vitals.beat(at: now.milliseconds, isFull: worker.running.isFull)
        let vitals = worker.vitals.now
        return [
            ("host", ProcessInfo.processInfo.hostName),
            ("pid", "\(ProcessInfo.processInfo.processIdentifier)"),
            ("version", martletVersion),
            (PayloadParts.readerField, "1"),
            ("release", worker.configuration.release ?? ""),
            ("queues", worker.queues.joined(separator: " ")),
            ("types", worker.handledTypes.map(\.name).joined(separator: " ")),
            ("concurrency", "\(worker.configuration.concurrency)"),
            ("running", "\(worker.running.count)"),
            ("jobs", worker.running.all.prefix(20).map { "\($0.claimed.id)" }.joined(separator: " ")),
            ("memory", ProcessMemory.resident.map { "\($0)" } ?? ""),
            ("quiet", worker.running.isQuiet ? "1" : "0"),
            ("started_at", "\(startedAt)"),
            ("claimed_at", "\(vitals.claimedAt)"),
            ("stuck", "\(worker.stuck.count)"),
            ("stale", "\(vitals.stale)"),
            ("leader", worker.leadership.term.map { "term \($0)" } ?? ""),
        ]
    }
}
