internal import Logging
internal import Martlet
internal import Synchronization

/// The log of one attempt on its way to Redis.
///
/// 1. The thread that logs a line encodes it and puts it in the buffer. The first line tells the ``LogShipper``.
/// 2. The shipper sends the buffer within 100 ms, for all jobs of the process with one write.
/// 3. ``close()`` returns when all lines are in Redis, or the lease turned out to be lost.
final class JobLog: Sendable {
    private struct State {
        var buffer: LogBuffer
        /// The attempt that waits until all lines are in Redis.
        var closer: CheckedContinuation<Void, Never>?

        /// Takes out the waiting attempt when nothing is left to send; nil when something is left, or nothing waits.
        mutating func settled() -> CheckedContinuation<Void, Never>? {
            guard buffer.isSettled else { return nil }
            defer { closer = nil }
            return closer
        }
    }

    let job: ClaimedJob
    let limits: LogLimits
    private let started = ContinuousClock.now
    private let shipper: LogShipper
    private let state: Mutex<State>

    init(_ job: ClaimedJob, limits: LogLimits, shipper: LogShipper) {
        self.job = job
        self.limits = limits
        self.shipper = shipper
        self.state = Mutex(State(buffer: LogBuffer(limits: limits)))
    }

    /// Adds a line.
    ///
    /// Its time is Redis's: the time at the claim, and what has passed since on a clock that only goes forward.
    func append(_ level: Logger.Level, _ message: String, _ fields: Logger.Metadata) {
        let elapsed = (ContinuousClock.now - started).milliseconds
        let line = LogLine.encode(
            time: job.startedAt.milliseconds + elapsed,
            level: level,
            attempt: job.attempt,
            message: message,
            fields: fields,
            limit: limits.lineBytes
        )
        if state.withLock({ $0.buffer.append(line) }) { shipper.add(self) }
    }

    func note(progress fraction: Double, _ note: String) {
        let fraction = fraction.isFinite ? min(max(fraction, 0), 1) : 0
        var progress = JSONObjectText()
        progress.append("fraction", json: "\(fraction)")
        progress.append("note", String(note.prefix(256)))
        if state.withLock({ $0.buffer.note(progress: progress.text) }) { shipper.add(self) }
    }

    /// Takes no more lines, and waits until all are in Redis, or can't come there because the lease is lost.
    ///
    /// While Redis is away it goes on waiting.
    func close() async {
        let isSettled = state.withLock { state in
            state.buffer.close()
            return state.buffer.isSettled
        }
        guard !isSettled else { return }
        await withCheckedContinuation { continuation in
            let isSettled = state.withLock { state in
                precondition(state.closer == nil, "a job's log is closed once")
                if !state.buffer.isSettled { state.closer = continuation }
                return state.buffer.isSettled
            }
            if isSettled {
                continuation.resume()
            } else {
                shipper.shipNow(self)
            }
        }
    }

    /// Takes out the batch that is to be sent now; nil for none.
    func nextBatch() -> LogBuffer.Batch? {
        state.withLock { $0.buffer.nextBatch() }
    }

    /// Notes the answer to the batch that was under way.
    func settle(_ answer: LogBuffer.Answer) -> LogBuffer.Next {
        let (next, closer) = state.withLock { ($0.buffer.settle(answer), $0.settled()) }
        closer?.resume()
        return next
    }
}
