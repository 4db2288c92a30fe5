internal import DequeModule
internal import Martlet

/// The part of a job's log that Redis has not taken yet, as a value: encoded lines, and the last progress.
///
/// Lines stay here until Redis has them. One batch is under way at a time. After a lost reply the same lines go out
/// again under the same numbers, and the script skips those that are there already.
struct LogBuffer: Sendable {
    /// The lines and the progress that one call takes to Redis.
    struct Batch: Sendable {
        let lines: [[UInt8]]
        /// The number of the first line.
        let first: Int
        /// The number of lines that were dropped before the first line.
        let lost: Int
        let progress: String
    }

    /// The answer to a batch.
    enum Answer: Sendable {
        case taken
        /// The lease is lost, or Redis refuses these lines. To keep them would keep the job from ending.
        case refused
        /// The reply was lost, so nobody knows whether the batch was taken.
        case lost
    }

    /// The step that follows an answer.
    enum Next: Sendable {
        case nothing
        /// Send another batch now, since the attempt waits for it.
        case again
        /// Send another batch with the next round.
        case later
    }

    private var lines: Deque<[UInt8]> = []
    private var bytes = 0
    /// The number of lines that were dropped here because the job writes faster than Redis takes them.
    private var lost = 0
    /// The number of the first line in the buffer.
    private var first = 0
    private var progress = ""
    private var sending: (lines: Int, bytes: Int, lost: Int, progress: String)?
    private var isRefused = false
    /// True once the attempt is over.
    ///
    /// Lines that the handler, or a task of its, still writes are ignored.
    private var isClosed = false
    /// True when the shipper knows that there is something to send.
    private var isArmed = false
    private let limits: LogLimits

    /// The most that one batch takes.
    private static let most = (lines: 1000, bytes: 256 << 10)

    init(limits: LogLimits) {
        self.limits = limits
    }

    /// True when all lines are in Redis, or can't come there.
    var isSettled: Bool { isRefused || (isEmpty && sending == nil) }
    private var isEmpty: Bool { lines.isEmpty && lost == 0 && progress.isEmpty }

    /// Adds a line.
    /// - Returns: true when the shipper has to be told.
    mutating func append(_ line: [UInt8]) -> Bool {
        guard !isRefused, !isClosed else { return false }
        lines.append(line)
        bytes += line.count
        // Redis would cut the lines that are over the cap, so the oldest of those that are not under way are dropped
        // here. Those under way do not count: the log has room for all that come behind them.
        let sent = sending?.lines ?? 0
        let sentBytes = sending?.bytes ?? 0
        while lines.count - sent > limits.lines || bytes - sentBytes > limits.bytes, lines.count > sent + 1 {
            bytes -= lines.remove(at: sent).count
            lost += 1
            // With no batch under way, the first line may be in Redis under its number although the reply was lost. Its
            // number goes with it.
            if sent == 0 { first += 1 }
        }
        return arm()
    }

    /// Sets the progress.
    /// - Returns: true when the shipper has to be told.
    mutating func note(progress: String) -> Bool {
        guard !isClosed else { return false }
        self.progress = progress
        return arm()
    }

    /// Takes no more lines.
    mutating func close() {
        isClosed = true
    }

    /// Takes out the batch that is to be sent now; nil while one is under way, and when there is nothing.
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

    /// Notes the answer to the batch that was under way.
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

    /// Returns true for the first call since the last batch was taken out.
    private mutating func arm() -> Bool {
        defer { isArmed = true }
        return !isArmed
    }
}
