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
            guard attemptOfRound <= policy.maxRetries + 1 else {
                _ = job.end()
                let attempts = policy.maxRetries + 1
                return await conclude(
                    .error(
                        JobFailure(
                            .failed,
                            "none of \(attempts) attempts is left: the last one ended with the loss of its worker"
                        )
                    )
                )
            }
            let result: Result<Void, any Error>
            do {
                result = .success(try await job.entry.run(job.claimed.payload, context))
            } catch {
                result = .failure(error)
            }
            if job.end() {
                stuck.remove(job)
            } else {
                await conclude(verdict(on: result))
            }
        }
        job.started(handler)
    }

    /// Ends an attempt whose handler did not stop; the handler runs on, and nobody waits for it.
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
    private var attemptOfRound: Int { job.claimed.attempt - job.claimed.attemptsBeforeRestart }

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

    /// - Parameter result: nil of a handler that did not stop.
    private func verdict(on result: Result<Void, any Error>?) -> JobOutcome {
        let isStuck = result == nil ? "; the handler did not stop" : ""
        switch job.stopped {
        case .leaseLost: return .abandoned
        case .shutdown: return .release
        case .cancelled: return .cancelled(JobFailure(.cancelled, "cancelled while it ran\(isStuck)"))
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
        case .release: job.log.append(.info, "given back: the worker stops", [:])
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
