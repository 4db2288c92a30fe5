package import Foundation
public import Logging
public import Martlet
internal import MartletWorker
internal import Synchronization

/// The lines, progress and reports of a handler, for a test to look at.
///
/// See `JobContext.forTesting`.
public final class RecordedAttempt: Sendable {
    /// A line of the job's log.
    public struct Line: Sendable, Hashable {
        /// The level of the line.
        public let level: Logger.Level
        /// The text of the line.
        public let message: String
        /// The metadata of the line, as texts.
        public let fields: [String: String]
    }

    private struct State {
        var lines: [Line] = []
        var progress: (fraction: Double, note: String)?
        var report: SelfReport?
        var timeLimit: Duration
    }
    private let startedAt: Date
    private let state: Mutex<State>

    init(startedAt: Date, timeLimit: Duration) {
        self.startedAt = startedAt
        self.state = Mutex(State(timeLimit: timeLimit))
    }

    /// The log, the oldest line first; the messages of `warning` and `error` are in it.
    public var lines: [Line] { state.withLock(\.lines) }
    /// The last progress that the job reported, from 0 to 1; nil when it reported none.
    public var progress: Double? { state.withLock { $0.progress?.fraction } }
    /// The note of the last progress; nil when the job reported none.
    public var progressNote: String? { state.withLock { $0.progress?.note } }
    /// The worst that the job reported of itself, and so the state in which it ends when it returns: warning or error.
    ///
    /// It is nil when the job reported nothing.
    public var report: JobState? {
        state.withLock { state in state.report.map { $0 == .error ? .error : .warning } }
    }

    fileprivate func append(_ line: Line) {
        state.withLock { $0.lines.append(line) }
    }
}

extension RecordedAttempt: AttemptNotes {
    package func report(_ report: SelfReport, _ text: String) {
        state.withLock { $0.report = max($0.report ?? report, report) }
    }

    package func progress(_ fraction: Double, _ note: String) {
        let fraction = fraction.isFinite ? min(max(fraction, 0), 1) : 0
        state.withLock { $0.progress = (fraction, String(note.prefix(256))) }
    }

    package var timeLimit: Duration { state.withLock(\.timeLimit) }

    package func limit(to timeLimit: Duration) {
        state.withLock { $0.timeLimit = timeLimit }
    }

    package var deadline: Date? {
        startedAt.addingTimeInterval(timeLimit / .seconds(1))
    }
}

/// Writes the lines of a job's log to a recorded attempt.
struct RecordingLogHandler: LogHandler {
    let attempt: RecordedAttempt
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { _, new in new } }
        if let own = event.metadata { fields.merge(own) { _, new in new } }
        if let error = event.error { fields["error"] = "\(error)" }
        attempt.append(
            RecordedAttempt.Line(
                level: event.level,
                message: event.message.description,
                fields: fields.mapValues { "\($0)" }
            )
        )
    }
}
