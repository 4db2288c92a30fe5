internal import Logging
internal import Martlet

/// Runs attempts: the handler first, then the verdict on what it did.
///
/// It writes the job's log; `Finisher` writes the end.
final class AttemptRunner: Sendable {
    private let worker: String
    private let handlers: JobHandlers
    private let logLimits: LogLimits
    private let logLevel: Logger.Level
    private let shipper: LogShipper
    private let running: RunningJobs
    private let stuck: StuckHandlers
    private let finisher: Finisher

    init(_ worker: WorkerContext, handlers: JobHandlers, shipper: LogShipper, finisher: Finisher) {
        self.worker = worker.id
        self.handlers = handlers
        self.logLimits = worker.configuration.logLimits
        self.logLevel = worker.configuration.logLevel
        self.shipper = shipper
        self.running = worker.running
        self.stuck = worker.stuck
        self.finisher = finisher
    }

    private var middleware: [any JobMiddleware] { handlers.middleware }

    /// Gives a job that was claimed a place and a log, and starts its handler.
    func start(_ claimed: ClaimedJob) {
        // A claim names the types that have a handler, so others do not come.
        guard let entry = handlers.entry(for: claimed.type) else { return }
        let job = RunningJob(claimed, entry, log: JobLog(claimed, limits: logLimits, shipper: shipper))
        running.add(job)
        start(job)
    }

    /// Runs the handler, decides what becomes of the job and has that written, in a task that ``RunningJob/stop(_:)``
    /// cancels.
    ///
    /// The job's log is in Redis before the end of the attempt is written.
    ///
    /// The task is unstructured. A structured one would have to be waited for, and a handler that ignores its
    /// cancellation would then keep its place, and the worker, for ever.
    private func start(_ job: RunningJob) {
        let handler = Task {
            running.begin()
            let context = context(of: job)
            let hasBegun = job.begin()
            let result = hasBegun ? await run(job, context) : .failure(CancellationError())
            if job.end() {
                let write = conclude(job, context, result)
                await job.log.close()
                finisher.finish(job, write)
            } else if hasBegun {
                stuck.remove(job)
            }
        }
        job.started(handler)
    }

    /// Ends an attempt whose handler has not begun, or did not stop.
    ///
    /// A handler that did not stop runs on, and nobody waits for it.
    func giveUp(_ job: RunningJob) {
        if job.attempt.hasBegun { stuck.add(job) }
        finisher.finish(job, conclude(job, context(of: job), nil), closesLog: true)
    }

    private func run(_ job: RunningJob, _ context: JobContext) async -> Result<Void, any Error> {
        let maxRetries = job.options.retries.maxRetries
        guard job.attemptOfRound - 1 <= maxRetries else {
            return .failure(
                JobSignal.fail(
                    "none of \(maxRetries + 1) attempts is left: the last one ended with the loss of its worker"
                )
            )
        }
        do {
            if middleware.isEmpty {
                try await job.entry.run(job.claimed.payload, context)
            } else {
                try await middleware[...].run(context) { try await job.entry.run(job.claimed.payload, context) }
            }
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    /// Decides what becomes of the job, and says so in its log and to the middleware.
    ///
    /// `result` is nil when the handler has not begun, or did not stop. The answer is what ``Finisher`` has to write.
    private func conclude(
        _ job: RunningJob,
        _ context: JobContext,
        _ result: Result<Void, any Error>?
    ) -> Verdict.Write {
        let evidence = AttemptEvidence(
            job: job.claimed,
            options: job.options,
            attemptOfRound: job.attemptOfRound,
            attempt: job.attempt,
            result: result,
            worker: worker
        )
        let verdict = evidence.verdict { job.entry.backoff?($0, context) }
        if let line = verdict.line { job.log.append(line.level, line.text, [:]) }
        for one in middleware.reversed() { one.ended(context, verdict.outcome) }
        return verdict.write
    }

    private func context(of job: RunningJob) -> JobContext {
        let handler = JobLogHandler(log: job.log, logLevel: logLevel)
        return JobContext(
            job.claimed,
            retriesLeft: max(0, max(0, job.options.retries.maxRetries) - (job.attemptOfRound - 1)),
            object: job.options.object,
            logger: Logger(label: "martlet.job") { _ in handler },
            notes: job
        )
    }
}
