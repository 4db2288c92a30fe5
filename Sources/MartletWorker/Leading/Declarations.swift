internal import Algorithms
internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient

/// Declares the program's schedules to Redis: all of them at the start, and from then on once a minute that they are
/// still declared.
///
/// A schedule that is missing or different by then, because Redis lost it or another program declared it otherwise, is
/// declared anew.
final class Declarations: Sendable {
    private let store: JobStore
    private let worker: String
    private let schedules: [Schedule]
    private let period: Duration
    private let signal: WakeUp
    private let logger: Logger

    /// The most schedules declared by one call.
    private static let batch = 200
    /// The most schedules confirmed by one call.
    private static let largeBatch = 1000

    /// The declarations of this process, as Redis has answered them.
    private struct Said {
        var program: DeclaringProgram
        /// The last known revision of each schedule.
        var revisions: [String: String] = [:]
        /// The schedules that another program, which started later, declares differently.
        var disputed: Set<String> = []
    }

    init(_ worker: WorkerContext, _ schedules: Schedules, period: Duration = .seconds(60)) {
        self.store = worker.store
        self.worker = worker.id
        self.schedules = schedules.all
        self.period = period
        self.signal = worker.makeWakeUp()
        self.logger = worker.logger
    }

    func stop() {
        signal.stop()
    }

    func run() async {
        guard !schedules.isEmpty else { return }
        var backoff = Backoff()
        var said = Said(program: DeclaringProgram(id: worker))
        var left = schedules
        while !signal.isStopped {
            do throws(JobError) {
                try await declare(left, &said)
                backoff = Backoff()
                guard await signal.wait(period) else { break }
                // When this call fails, all are declared anew, which changes nothing where nothing has changed.
                left = schedules
                left = try await different(said)
            } catch {
                logger.report(error, "schedules not declared, trying again")
                await signal.wait(backoff.next(after: error.redis))
            }
        }
        await leave(said)
    }

    private func declare(_ schedules: [Schedule], _ said: inout Said) async throws(JobError) {
        var counts: [String: Int] = [:]
        for batch in schedules.chunks(ofCount: Self.batch) {
            let declared = try await store.declare(Array(batch), by: said.program)
            said.program.started = declared.started
            for (schedule, (word, revision)) in zip(batch, zip(declared.words, declared.revisions)) {
                said.revisions[schedule.name] = revision
                if word != "other" {
                    said.disputed.remove(schedule.name)
                    counts[word, default: 0] += 1
                } else if said.disputed.insert(schedule.name).inserted {
                    let name: Logger.MetadataValue = "\(schedule.name)"
                    logger.warning(
                        "a program that started later declares a schedule differently",
                        metadata: ["schedule": name]
                    )
                }
            }
        }
        guard !counts.isEmpty else { return }
        let shown = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        logger.info("schedules declared", metadata: ["schedules": "\(shown)"])
    }

    /// Confirms that the schedules are still declared.
    /// - Returns: the schedules that are to be declared anew.
    private func different(_ said: Said) async throws(JobError) -> [Schedule] {
        var names = said.disputed
        for batch in schedules.chunks(ofCount: Self.largeBatch) {
            let revisions = Dictionary(uniqueKeysWithValues: batch.map { ($0.name, said.revisions[$0.name] ?? "") })
            names.formUnion(try await store.redeclare(revisions, by: said.program))
        }
        return schedules.filter { names.contains($0.name) }
    }

    /// Tells Redis that this process declares no more, so that another program's word counts at once.
    private func leave(_ said: Said) async {
        guard said.program.started != nil else { return }
        do throws(JobError) {
            _ = try await store.redeclare([:], by: said.program, stops: true)
        } catch {
            // This process's word ends by itself.
            logger.report(error, "not said that schedules are declared no more")
        }
    }
}
