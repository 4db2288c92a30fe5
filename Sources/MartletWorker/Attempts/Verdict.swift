internal import Logging
internal import Martlet

/// The decision about a job whose attempt is over.
///
/// It is decided here alone, and from values alone.
struct Verdict: Sendable {
    /// The write to Redis that the decision calls for; each case has a script of its own.
    indirect enum Write: Sendable {
        case finish(JobEnding)
        case retry(after: Duration, AttemptEnd)
        case snooze(Duration)
        case release
        /// Nothing is written: the lease is lost, and the job is another worker's.
        case nothing
    }

    let write: Write
    let outcome: AttemptOutcome
    /// The line about it in the job's log; nil for none.
    let line: (level: Logger.Level, text: String)?

    fileprivate init(_ write: Write, _ outcome: AttemptOutcome, _ line: (Logger.Level, String)? = nil) {
        self.write = write
        self.outcome = outcome
        self.line = line
    }
}

/// The facts about an attempt that is over.
struct AttemptEvidence {
    let job: ClaimedJob
    let options: ResolvedOptions
    let attemptOfRound: Int
    let attempt: AttemptState
    /// The handler's result; nil when the handler has not begun, or did not stop.
    let result: Result<Void, any Error>?
    let worker: String

    /// Decides; `backoff` tells the wait that the handler wants before another attempt after that error, nil for the
    /// wait of the options.
    func verdict(backoff: (any Error) -> Duration?) -> Verdict {
        let isStuck = result == nil && attempt.hasBegun ? "; the handler did not stop" : ""
        switch (attempt.stop, result) {
        case (.leaseLost, _): return Verdict(.nothing, .leaseLost)
        case (.shutdown, _), (nil, nil): return released("the worker stops")
        case (.noThread, _): return released("other handlers block every thread of the worker")
        case (.cancelled, _):
            return cancelled("cancelled \(attempt.hasBegun ? "while it ran" : "before it began")\(isStuck)")
        case (.timeLimit, _):
            let error = TimeLimitExceeded(limit: attempt.timeLimit)
            return failed(.timedOut, "\(error)\(isStuck)", backoff(error))
        case (nil, .success):
            let text = attempt.report?.text.bounded ?? ""
            return Verdict(.finish(ending(.successful, text, nil)), .init(attempt.report?.kind))
        case (nil, .failure(JobSignal.snooze(let delay))):
            let delay = max(delay, .zero)
            return Verdict(.snooze(delay), .snoozed(for: delay), (.info, "snoozed for \(delay.formatted)"))
        case (nil, .failure(JobSignal.cancel(let reason))): return cancelled(reason)
        case (nil, .failure(JobSignal.fail(let reason))): return error(end(.failed, reason))
        case (nil, .failure(JobSignal.retry(let delay, let reason))):
            return failed(.failed, reason, max(delay, .zero))
        case (nil, .failure(let error)):
            return failed(.failed, "\(error)", type: "\(type(of: error))", backoff(error))
        }
    }

    private func released(_ why: String) -> Verdict {
        Verdict(.release, .released, (.info, "given back: \(why)"))
    }

    private func cancelled(_ reason: String) -> Verdict {
        let end = end(.cancelled, reason)
        let text = end.error ?? ""
        return Verdict(.finish(ending(.cancelled, text, end)), .cancelled, (.notice, "cancelled: \(text)"))
    }

    private func error(_ end: AttemptEnd) -> Verdict {
        let text = end.error ?? ""
        let line = "attempt \(job.attempt) failed: \(text)"
        return Verdict(.finish(ending(.error, text, end)), .error, (.error, line))
    }

    /// Decides on another attempt, or on the end when no retry is left.
    ///
    /// A job that reported on itself is not retried. It is decided here so that the log says so; the script's own check
    /// is for other callers.
    private func failed(
        _ how: AttemptEnd.End,
        _ reason: String,
        type: String? = nil,
        _ delay: Duration?
    ) -> Verdict {
        let end = end(how, reason, type: type)
        let retries = options.retries
        guard attempt.report == nil, attemptOfRound <= retries.maxRetries else { return error(end) }
        var random = SystemRandomNumberGenerator()
        let delay = delay ?? retries.delay(after: attemptOfRound, using: &random)
        let retry = "retry \(attemptOfRound) of \(retries.maxRetries) in \(delay.formatted)"
        let line = "attempt \(job.attempt) failed: \(end.error ?? ""); \(retry)"
        return Verdict(.retry(after: delay, end), .retried(after: delay), (.error, line))
    }

    private func end(_ how: AttemptEnd.End, _ reason: String, type: String? = nil) -> AttemptEnd {
        AttemptEnd(job, how, worker: worker, errorType: type, error: reason.bounded)
    }

    private func ending(_ outcome: JobEnding.Outcome, _ text: String, _ end: AttemptEnd?) -> JobEnding {
        JobEnding(
            job,
            outcome,
            report: attempt.report?.kind,
            error: text,
            attempt: end,
            retention: options.retention
        )
    }
}

extension AttemptOutcome {
    fileprivate init(_ report: SelfReport?) {
        switch report {
        case nil: self = .successful
        case .warning: self = .warning
        case .error: self = .error
        }
    }
}
