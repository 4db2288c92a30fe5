internal import Logging
internal import Martlet

/// Runs one attempt: handler, then verdict. No Redis in it but the job's log.
struct JobExecution: Sendable {
    let job: RunningJob
    let logLevel: Logger.Level
    let running: RunningJobs
    let stuck: StuckHandlers
    let finisher: Finisher

    /// Runs the handler, says what is to become of the job and has that written, in a task that ``RunningJob/stop(_:)``
    /// cancels. When it is written, the job's log is in Redis.
    ///
    /// Nothing holds this task: a structured one could only be waited for, and a handler that ignores its cancellation
    /// would keep its place, and the worker, for ever.
    func start() {
        let handler = Task {
            running.begin()
            let hasBegun = job.begin()
            let result = hasBegun ? await run() : .failure(CancellationError())
            if !job.end() {
                await conclude(verdict(on: result))
            } else if hasBegun {
                stuck.remove(job)
            }
        }
        job.started(handler)
    }

    private func run() async -> Result<Void, any Error> {
        guard attemptOfRound - 1 <= policy.maxRetries else {
            let attempts = policy.maxRetries + 1
            return .failure(
                JobSignal.fail("none of \(attempts) attempts is left: the last one ended with the loss of its worker")
            )
        }
        do {
            return .success(try await job.entry.run(job.claimed.payload, context))
        } catch {
            return .failure(error)
        }
    }

    /// Ends an attempt whose handler has not begun, or did not stop; the handler runs on, and nobody waits for it.
    func giveUp() {
        let outcome = verdict(on: nil)
        tell(outcome)
        finisher.finish(job, outcome)
    }

    private func conclude(_ outcome: JobOutcome) async {
        tell(outcome)
        await job.log.close()
        finisher.finish(job, outcome)
    }

    private var policy: RetryPolicy { RetryPolicy(job.options) }
    /// From 1, whatever somebody wrote into the hash.
    private var attemptOfRound: Int { max(1, job.claimed.attempt &- job.claimed.attemptsBeforeRestart) }

    private var context: JobContext {
        let handler = JobLogHandler(log: job.log, logLevel: logLevel)
        return JobContext(
            id: job.claimed.id,
            attempt: job.claimed.attempt,
            object: job.options.object,
            logger: Logger(label: "martlet.job") { _ in handler },
            token: job.claimed.token,
            log: job.log
        )
    }

    /// - Parameter result: nil of a handler that has not begun, or did not stop.
    private func verdict(on result: Result<Void, any Error>?) -> JobOutcome {
        let isStuck = result == nil && job.hasBegun ? "; the handler did not stop" : ""
        switch job.stopped {
        case .leaseLost: return .abandoned
        case .shutdown, .noThread: return .release
        case .cancelled:
            let when = job.hasBegun ? "while it ran" : "before it began"
            return .cancelled(JobFailure(.cancelled, "cancelled \(when)\(isStuck)"))
        case .timeLimit:
            let limit = job.options.timeLimit ?? .zero
            return retry(JobFailure(.timedOut, "the time limit of \(limit.formatted) was exceeded\(isStuck)"))
        case nil: break
        }
        switch result {
        case nil: return .release  // not reached: only what was stopped is given up
        case .success: return .successful
        case .failure(JobSignal.snooze(let delay)): return .snooze(max(delay, .zero))
        case .failure(JobSignal.cancel(let reason)): return .cancelled(JobFailure(.cancelled, reason))
        case .failure(JobSignal.fail(let reason)): return .error(JobFailure(.failed, reason))
        case .failure(let error): return retry(JobFailure(.failed, "\(error)", type: "\(type(of: error))"))
        }
    }

    private func retry(_ failure: JobFailure) -> JobOutcome {
        var random = SystemRandomNumberGenerator()
        // The script would not retry a job that reported on itself either; saying so here keeps the log true.
        guard job.log.report == nil, let delay = policy.delay(after: attemptOfRound, using: &random) else {
            return .error(failure)
        }
        return .retry(after: delay, failure)
    }

    /// Puts the end of an attempt that did not succeed into the job's log.
    private func tell(_ outcome: JobOutcome) {
        switch outcome {
        case .successful, .abandoned: break
        case .retry(let delay, let failure):
            let retry = "retry \(attemptOfRound) of \(policy.maxRetries) in \(delay.formatted)"
            job.log.append(.error, "attempt \(job.claimed.attempt) failed: \(failure.error); \(retry)", [:])
        case .error(let failure):
            job.log.append(.error, "attempt \(job.claimed.attempt) failed: \(failure.error)", [:])
        case .cancelled(let failure): job.log.append(.notice, "cancelled: \(failure.error)", [:])
        case .snooze(let delay): job.log.append(.info, "snoozed for \(delay.formatted)", [:])
        case .release:
            let why = job.stopped == .noThread ? "other handlers block every thread of the worker" : "the worker stops"
            job.log.append(.info, "given back: \(why)", [:])
        }
    }
}

extension String {
    /// What an error or a report says is kept to 4 KiB.
    var bounded: String {
        LogLine.cut(self, 4096)
    }
}

extension Duration {
    /// For people: `250 ms`, `12.5 s`, `3 min`, `2 h`.
    var formatted: String {
        let ms = milliseconds
        func tenths(_ unit: Int64) -> String {
            let value = ms * 10 / unit
            return value % 10 == 0 ? "\(value / 10)" : "\(value / 10).\(value % 10)"
        }
        switch ms {
        case ..<1000: return "\(ms) ms"
        case ..<120_000: return "\(tenths(1000)) s"
        case ..<7_200_000: return "\(tenths(60_000)) min"
        default: return "\(tenths(3_600_000)) h"
        }
    }
}
