internal import Logging
internal import Martlet
internal import RedisClient

/// The claims of one worker: they are counted queue by queue, so that none takes jobs that nobody knows of.
///
/// A claim whose reply was lost is repeated under its number, and Redis answers with the jobs that it took. A worker
/// that stops has them given back.
struct Claims: Sendable {
    private struct Position {
        var number = 0
        /// True when the reply to the last claim was lost and has to be asked for again.
        var isUnanswered = false
        /// The time of the last claim when that found nothing in the queue; nil when it found something.
        var emptied: ContinuousClock.Instant?
    }
    private let worker: WorkerContext
    private var positions: [String: Position] = [:]

    /// The time that a stop waits for a Redis that does not answer.
    private static let longestFarewell = Duration.seconds(5)

    init(_ worker: WorkerContext) {
        self.worker = worker
    }

    /// The queues whose last claim has no answer yet, sorted.
    var unanswered: [String] { positions.filter(\.value.isUnanswered).keys.sorted() }

    /// Claims up to `limit` jobs of a queue, or asks again for those of the last claim when its reply was lost.
    mutating func claim(_ queue: String, limit: Int) async throws(JobError) -> Claim {
        // The jobs that an unanswered claim took count as this worker's, too.
        let isAnswered = !positions.values.contains(where: \.isUnanswered)
        let isIdle = worker.running.count == 0 && isAnswered
        if isAnswered { worker.running.forgetOrders() }
        var position = positions[queue, default: Position()]
        defer { positions[queue] = position }
        if !position.isUnanswered { position.number += 1 }
        let again = position.isUnanswered
        position.isUnanswered = true
        do throws(JobError) {
            let claim = try await worker.store.claim(
                queue: queue,
                worker: worker.id,
                limit: limit,
                lease: worker.configuration.lease,
                number: position.number,
                again: again,
                crashLimit: worker.configuration.crashLimit,
                isIdle: isIdle,
                hasStuck: worker.stuck.count > 0,
                types: worker.handledTypes
            )
            position.isUnanswered = false
            position.emptied = claim.isEmpty ? .now : nil
            position.number = claim.lastNumber ?? position.number
            worker.vitals.claimed()
            return claim
        } catch {
            // A claim stays unanswered until an answer comes, even when this repetition was not sent.
            position.isUnanswered = again || (error.redis?.mayHaveBeenApplied ?? true)
            throw error
        }
    }

    /// Tells whether a queue in which the last claim found nothing is still empty, at half the cost of a claim.
    ///
    /// It claims anew from time to time: a server that serves reads but refuses writes would otherwise look healthy.
    func isStillEmpty(_ queue: String) async throws(JobError) -> Bool {
        let longestLook = min(.seconds(60), worker.configuration.watchdog / 3)
        guard let position = positions[queue], let emptied = position.emptied, !position.isUnanswered,
            .now - emptied < longestLook
        else { return false }
        guard try await worker.store.isEmpty(queue: queue) else { return false }
        worker.vitals.claimed()
        return true
    }

    /// Gives back the jobs of claims whose replies were lost.
    ///
    /// They have no handler here, so none of them loses an attempt.
    ///
    /// It tries for 5 s, as long as a stop may take to write what is left. A Redis that stands still finds these calls
    /// beside the claims when it goes on, even when this process has ended by then. Over TLS nothing can be written
    /// before the server has answered: there the jobs are left to their leases.
    mutating func disclaim() async {
        let deadline = ContinuousClock.now + Self.longestFarewell
        var backoff = Backoff()
        let rest = worker.makeWakeUp()
        while true {
            let claims = unanswered.compactMap { queue in
                positions[queue].map { (queue: queue, number: $0.number) }
            }
            guard !claims.isEmpty else { return }
            worker.store.redis.writeAhead()
            var failure: JobError?
            for (queue, answer) in await worker.store.disclaim(claims, worker: worker.id) {
                switch answer {
                case .success(let jobs):
                    positions[queue]?.isUnanswered = false
                    guard jobs > 0 else { continue }
                    worker.logger.info("given back what an unanswered claim took", metadata: ["jobs": "\(jobs)"])
                case .failure(let error):
                    failure = error
                }
            }
            guard let failure else { continue }
            let delay = backoff.next(after: failure.redis)
            guard failure.redis?.isOutage == true, .now + delay < deadline else {
                return worker.logger.warning(
                    "nobody answers whether what an unanswered claim took was given back",
                    metadata: ["error": "\(failure)"]
                )
            }
            await rest.wait(delay)
        }
    }
}
