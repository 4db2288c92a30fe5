package import FoundationEssentials
internal import RedisClient

/// A job that this process owns until its lease runs out.
///
/// It is passed by reference: an attempt hands it from part to part, and a copy of so many fields would cost more than
/// most of what they do with it.
package final class ClaimedJob: Sendable {
    package let id: JobID
    package let type: String
    package let payload: [UInt8]
    /// The proof of ownership: every write carries it, and a later claim makes it stale.
    package let token: Int
    /// The number of this attempt, from 1; restarts do not reset it.
    package let attempt: Int
    /// The number of the last attempt before the last restart.
    package let attemptsBeforeRestart: Int
    /// The time at which this attempt started, by Redis's clock.
    package let startedAt: Date
    /// The time that the job had waited when the attempt started, since it could run.
    package let waited: Duration
    /// The text that the scripts count the attempt by, as ``AttemptTimings`` makes it.
    let timing: String
    /// The time by Redis's clock at which it was enqueued.
    package let enqueuedAt: Date
    /// The schedule that fired it; nil when none did.
    package let schedule: String?
    /// The slot that its schedule fired it for; nil when it was not fired for one.
    package let slot: Date?
    /// The options that the enqueue call set; the priority is left out, since it has had its effect.
    package let options: JobOptions

    package init(
        id: JobID,
        type: String,
        payload: [UInt8],
        token: Int,
        attempt: Int,
        attemptsBeforeRestart: Int = 0,
        startedAt: Date,
        waited: Duration,
        timing: String? = nil,
        enqueuedAt: Date,
        schedule: String? = nil,
        slot: Date? = nil,
        options: JobOptions
    ) {
        self.id = id
        self.type = type
        self.payload = payload
        self.token = token
        self.attempt = attempt
        self.attemptsBeforeRestart = attemptsBeforeRestart
        self.startedAt = startedAt
        self.waited = waited
        self.timing = timing ?? AttemptTimings.text(type, waited: waited, startedAt: startedAt)
        self.enqueuedAt = enqueuedAt
        self.schedule = schedule
        self.slot = slot
        self.options = options
    }
}

extension ClaimedJob {
    /// Reads the fields of a hash, followed by the token, attempt and id that hold from now on.
    ///
    /// Nil when Martlet did not write the hash.
    convenience init?(_ value: RedisValue, queue: String, startedAt: Date, _ timings: inout AttemptTimings) {
        guard let items = value.array, items.count >= 3, let token = items[items.count - 3].int,
            let attempt = items[items.count - 2].int, let local = items[items.count - 1].string,
            let id = try? JobID(queue: queue, local: local)
        else { return nil }
        let hash = JobHash(items.dropLast(3), where: \.isOfClaim)
        guard let type = hash.type, let payload = hash.payload else { return nil }
        let waited = hash.waited(until: startedAt)
        self.init(
            id: id,
            type: type,
            payload: payload,
            token: token,
            attempt: attempt,
            attemptsBeforeRestart: hash.attemptsBeforeRestart,
            startedAt: startedAt,
            waited: waited,
            timing: timings.text(type, waited: waited),
            enqueuedAt: hash.enqueuedAt ?? startedAt,
            schedule: hash.schedule,
            slot: hash.slot,
            options: JobOptions(
                queue: queue,
                maxRetries: hash.maxRetries,
                timeLimit: hash.timeLimit,
                backoff: hash.backoff,
                maxBackoff: hash.maxBackoff,
                retention: hash.retention,
                object: hash.object
            )
        )
    }
}

/// The texts that the scripts count attempts by: the type, the wait (ms) and the start (ms).
///
/// The wait is the beginning of its range, so that many jobs have the same text. The jobs of a claim have their start
/// in common, and mostly type and range too, so the last text is kept.
struct AttemptTimings {
    private let startedAt: Date
    private var last = (type: "", wait: Int64(-1), text: "")

    init(startedAt: Date) {
        self.startedAt = startedAt
    }

    mutating func text(_ type: String, waited: Duration) -> String {
        let wait = DurationHistogram.start(around: waited.milliseconds)
        if wait != last.wait || type != last.type {
            last = (type, wait, Self.text(type, waited: waited, startedAt: startedAt))
        }
        return last.text
    }

    static func text(_ type: String, waited: Duration, startedAt: Date) -> String {
        "\(type) \(DurationHistogram.start(around: waited.milliseconds)) \(startedAt.milliseconds)"
    }
}
