internal import DequeModule
internal import Logging
internal import Martlet
internal import Synchronization

/// The log of one attempt on its way to Redis: lines, progress, and the worst that the job said of itself.
///
/// 1. A line is encoded and put in the buffer by whoever logs it; the first one arms the shipper.
/// 2. The shipper sends what is there within 100 ms, for all jobs of the process in one write.
/// 3. Lines stay in the buffer until Redis has them; a lost reply sends them again, and the script passes over those
///    that are there already.
/// 4. ``close()`` returns when all is in Redis, or the lease turned out to be lost.
final class JobLog: Sendable {
    private struct State {
        var lines: Deque<[UInt8]> = []
        var bytes = 0
        /// Lines dropped here because the job writes faster than Redis takes them.
        var lost = 0
        /// The number of the first line in the buffer.
        var first = 0
        var progress = ""
        var sending: Batch?
        var isRefused = false
        /// The attempt is over: what a handler, or a task of its, still says is not heard.
        var isClosed = false
        /// The shipper knows of it already.
        var isArmed = false
        var report: SelfReport?
        var reportText = ""
        var closer: CheckedContinuation<Void, Never>?

        /// True for the first that asks since the last round.
        mutating func arm() -> Bool {
            defer { isArmed = true }
            return !isArmed
        }

        var isEmpty: Bool { lines.isEmpty && lost == 0 && progress.isEmpty }
    }
    private struct Batch { var lines: Int, bytes: Int, lost: Int, progress: String }

    private let job: ClaimedJob
    private let started = ContinuousClock.now
    private let limits: LogLimits
    private let shipper: LogShipper
    private let state = Mutex(State())

    init(_ job: ClaimedJob, limits: LogLimits, shipper: LogShipper) {
        self.job = job
        self.limits = limits
        self.shipper = shipper
    }

    /// The worst that was reported in this attempt.
    var report: SelfReport? { state.withLock(\.report) }
    /// What was said with it, the first time.
    var reportText: String { state.withLock(\.reportText) }

    func report(_ report: SelfReport, _ text: String) {
        state.withLock { state in
            guard !state.isClosed, state.report.map({ $0 < report }) ?? true else { return }
            state.report = report
            state.reportText = text
        }
    }

    func note(progress fraction: Double, _ note: String) {
        let fraction = fraction.isFinite ? min(max(fraction, 0), 1) : 0
        let text = "{\"fraction\":\(fraction),\"note\":\(JSONText.quoted(String(note.prefix(256))))}"
        let isFirst = state.withLock { state in
            guard !state.isClosed else { return false }
            state.progress = text
            return state.arm()
        }
        if isFirst { shipper.add(self) }
    }

    /// Adds a line. Its time is Redis's: that of the claim, and what has passed since on a clock that only goes
    /// forward.
    func append(_ level: Logger.Level, _ message: String, _ fields: Logger.Metadata) {
        let elapsed = (ContinuousClock.now - started).milliseconds
        let line = LogLine.encode(
            time: job.startedAt + elapsed,
            level: level,
            attempt: job.attempt,
            message: message,
            fields: fields,
            limit: limits.lineBytes
        )
        let isFirst = state.withLock { state in
            guard !state.isRefused, !state.isClosed else { return false }
            state.lines.append(line)
            state.bytes += line.count
            // What is over the cap would be cut in Redis anyhow: the oldest that are not under way go here. Those that
            // are do not count, for the lines behind them are as many as the log will keep.
            let sent = state.sending?.lines ?? 0
            let sentBytes = state.sending?.bytes ?? 0
            while state.lines.count - sent > limits.lines || state.bytes - sentBytes > limits.bytes,
                state.lines.count > sent + 1
            {
                state.bytes -= state.lines.remove(at: sent).count
                state.lost += 1
                // With none under way the first may be in Redis under its number, the reply lost: it takes that along.
                if sent == 0 { state.first += 1 }
            }
            return state.arm()
        }
        if isFirst { shipper.add(self) }
    }

    /// Takes no more, and waits until everything is in Redis, or can't come there because the lease is lost. While
    /// Redis is away this waits with it.
    func close() async {
        let isDone = state.withLock { state in
            state.isClosed = true
            return state.isRefused || (state.isEmpty && state.sending == nil)
        }
        guard !isDone else { return }
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.isRefused || (state.isEmpty && state.sending == nil) { return true }
                state.closer = continuation
                return false
            }
            if isDone {
                continuation.resume()
            } else {
                shipper.shipNow(self)
            }
        }
    }

    /// Sends a batch unless one is under way. On the event loop.
    func ship(to store: JobStore) {
        let next = state.withLock { state -> (lines: [[UInt8]], first: Int, batch: Batch)? in
            state.isArmed = false
            guard state.sending == nil, !state.isEmpty, !state.isRefused else { return nil }
            var lines: [[UInt8]] = []
            var bytes = 0
            for line in state.lines {
                guard lines.count < 1000, bytes < 256 << 10 else { break }
                lines.append(line)
                bytes += line.count
            }
            let batch = Batch(lines: lines.count, bytes: bytes, lost: state.lost, progress: state.progress)
            state.sending = batch
            return (lines, state.first, batch)
        }
        guard let next else { return }
        store.log(
            job,
            lines: next.lines,
            first: next.first,
            lost: next.batch.lost,
            progress: next.batch.progress,
            limits: limits
        ) { self.settle($0, store) }
    }

    private func settle(_ result: Result<Bool, JobError>, _ store: JobStore) {
        enum Step { case done(CheckedContinuation<Void, Never>?), again, later }
        let isTaken: Bool
        let isToRepeat: Bool
        switch result {
        case .success(let taken):
            (isTaken, isToRepeat) = (taken, false)
            shipper.succeeded(isStale: !taken)
        case .failure(let error): (isTaken, isToRepeat) = (false, shipper.failed(job, error))
        }
        let step = state.withLock { state -> Step in
            guard let batch = state.sending else { return .done(nil) }
            state.sending = nil
            if isToRepeat { return .later }
            if isTaken {
                for _ in 0..<batch.lines {
                    state.bytes -= state.lines.removeFirst().count
                }
                state.first += batch.lines
                state.lost -= batch.lost
                if state.progress == batch.progress { state.progress = "" }
                if !state.isEmpty { return state.closer == nil ? .later : .again }
            } else {
                // The lease is lost, or Redis will not take these lines: holding on to them would hold the job.
                state.isRefused = true
                state.lines = []
            }
            defer { state.closer = nil }
            return .done(state.closer)
        }
        switch step {
        case .done(let closer): closer?.resume()
        case .again: ship(to: store)
        case .later:
            if state.withLock({ $0.arm() }) { shipper.add(self) }
        }
    }
}
