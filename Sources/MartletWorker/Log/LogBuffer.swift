internal import DequeModule
internal import Martlet

/// What a job has logged and Redis has not taken yet, as a value: encoded lines, and the last progress.
///
/// Lines stay here until Redis has them. One batch is under way at a time; after a lost reply the same lines go again
/// under the same numbers, and the script passes over those that are there already.
struct LogBuffer: Sendable {
    /// What one call takes to Redis.
    struct Batch: Sendable {
        let lines: [[UInt8]]
        /// The number of the first of them.
        let first: Int
        /// Lines that were dropped before it.
        let lost: Int
        let progress: String
    }

    /// What became of a batch.
    enum Answer: Sendable {
        case taken
        /// The lease is lost, or Redis will not take these lines: holding on to them would hold the job.
        case refused
        /// It is not known whether it was taken.
        case lost
    }

    /// What is to happen after an answer.
    enum Next: Sendable {
        case nothing
        /// Another batch, now: the attempt waits for it.
        case again
        /// Another batch with the next round.
        case later
    }

    private var lines: Deque<[UInt8]> = []
    private var bytes = 0
    /// Lines dropped here because the job writes faster than Redis takes them.
    private var lost = 0
    /// The number of the first line in the buffer.
    private var first = 0
    private var progress = ""
    private var sending: (lines: Int, bytes: Int, lost: Int, progress: String)?
    private var isRefused = false
    /// The attempt is over: what a handler, or a task of its, still says is not heard.
    private var isClosed = false
    /// Whoever sends it knows of it already.
    private var isArmed = false
    private let limits: LogLimits

    /// The most that one batch takes.
    private static let most = (lines: 1000, bytes: 256 << 10)

    init(limits: LogLimits) {
        self.limits = limits
    }

    /// Whether all is in Redis, or can't come there.
    var isSettled: Bool { isRefused || (isEmpty && sending == nil) }
    private var isEmpty: Bool { lines.isEmpty && lost == 0 && progress.isEmpty }

    /// - Returns: whether whoever sends it has to be told.
    mutating func append(_ line: [UInt8]) -> Bool {
        guard !isRefused, !isClosed else { return false }
        lines.append(line)
        bytes += line.count
        // What is over the cap would be cut in Redis anyhow: the oldest that are not under way go here. Those that are
        // do not count, for the lines behind them are as many as the log will keep.
        let sent = sending?.lines ?? 0
        let sentBytes = sending?.bytes ?? 0
        while lines.count - sent > limits.lines || bytes - sentBytes > limits.bytes, lines.count > sent + 1 {
            bytes -= lines.remove(at: sent).count
            lost += 1
            // With none under way the first may be in Redis under its number, the reply lost: it takes that along.
            if sent == 0 { first += 1 }
        }
        return arm()
    }

    /// - Returns: whether whoever sends it has to be told.
    mutating func note(progress: String) -> Bool {
        guard !isClosed else { return false }
        self.progress = progress
        return arm()
    }

    /// Takes no more.
    mutating func close() {
        isClosed = true
    }

    /// What is to be sent now; nil while a batch is under way, and when there is nothing.
    mutating func nextBatch() -> Batch? {
        isArmed = false
        guard sending == nil, !isEmpty, !isRefused else { return nil }
        var taken: [[UInt8]] = []
        var bytes = 0
        for line in lines {
            guard taken.count < Self.most.lines, bytes < Self.most.bytes else { break }
            taken.append(line)
            bytes += line.count
        }
        sending = (taken.count, bytes, lost, progress)
        return Batch(lines: taken, first: first, lost: lost, progress: progress)
    }

    /// The batch that was under way has its answer.
    mutating func settle(_ answer: Answer) -> Next {
        guard let batch = sending else { return .nothing }
        sending = nil
        switch answer {
        case .lost: break
        case .refused:
            isRefused = true
            lines = []
            return .nothing
        case .taken:
            for _ in 0..<batch.lines {
                bytes -= lines.removeFirst().count
            }
            first += batch.lines
            lost -= batch.lost
            if progress == batch.progress { progress = "" }
            if isEmpty { return .nothing }
            if isClosed { return .again }
        }
        return arm() ? .later : .nothing
    }

    /// True for the first that asks since the last batch was taken out.
    private mutating func arm() -> Bool {
        defer { isArmed = true }
        return !isArmed
    }
}
