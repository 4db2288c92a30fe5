public import Foundation
internal import Logging
public import Martlet
public import MartletWorker

extension JobContext {
    /// Makes a context for a handler that a test calls.
    ///
    /// It needs no Redis, and records what the handler reports.
    ///
    /// ```swift
    /// let context = try JobContext.forTesting(email)
    /// try await WelcomeHandler(mailer).run(email, context)
    /// #expect(context.recorded.lines.map(\.message) == ["sending"])
    /// ```
    /// - Parameters:
    ///   - job: the job of the attempt; type, queue, object, payload and options are its own.
    ///   - id: the part of the job's id after the queue; by default a new one.
    ///   - attempt: the number of the attempt, from 1.
    ///   - retriesLeft: the retries left after this attempt; by default what the job's options leave after `attempt`.
    ///   - schedule: the name of the schedule that the job comes from.
    ///   - slot: the moment of the schedule that the job stands for.
    ///   - enqueuedAt: the time at which the job was enqueued; by default now.
    /// - Returns: the context; see `recorded`.
    /// - Throws: `JobError` with the code `invalid` when the job or the id is not acceptable.
    public static func forTesting(
        _ job: some Job,
        id: String? = nil,
        attempt: Int = 1,
        retriesLeft: Int? = nil,
        schedule: String? = nil,
        slot: Date? = nil,
        enqueuedAt: Date = Date()
    ) throws(JobError) -> JobContext {
        let new = try NewJob(job, id: id)
        let options = Swift.type(of: job).options
        let startedAt = Date(milliseconds: Date().milliseconds)
        let recorded = RecordedAttempt(startedAt: startedAt, timeLimit: options.timeLimit ?? JobDefaults.timeLimit)
        let claimed = ClaimedJob(
            id: new.id,
            type: new.type,
            payload: new.payload,
            token: 1,
            attempt: attempt,
            startedAt: startedAt,
            waited: .seconds(max(0, startedAt.timeIntervalSince(enqueuedAt))),
            enqueuedAt: enqueuedAt,
            schedule: schedule,
            slot: slot,
            options: options
        )
        return JobContext(
            claimed,
            retriesLeft: retriesLeft ?? max(0, (options.maxRetries ?? JobDefaults.maxRetries) - (attempt - 1)),
            object: options.object,
            logger: Logger(label: "martlet.job") { _ in RecordingLogHandler(attempt: recorded) },
            notes: recorded
        )
    }

    /// The handler's reports so far.
    /// - Precondition: the context was made by `forTesting`.
    public var recorded: RecordedAttempt {
        guard let recorded = notes as? RecordedAttempt else {
            preconditionFailure("only a context made by JobContext.forTesting records what a handler says")
        }
        return recorded
    }
}
