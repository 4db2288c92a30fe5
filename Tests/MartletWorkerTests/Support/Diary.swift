import Logging
import Synchronization

/// What a worker logged.
final class Diary: Sendable {
    private let lines: Mutex<[String]> = Mutex([])

    func contains(_ text: String) -> Bool { count(of: text) > 0 }

    /// How many lines have the text.
    func count(of text: String) -> Int { lines.withLock { $0.count { $0.contains(text) } } }

    var logger: Logger {
        Logger(label: "diary") { _ in Handler(diary: self) }
    }

    private struct Handler: LogHandler {
        let diary: Diary
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = "\(event.level) \(event.message) \(event.metadata ?? [:])"
            diary.lines.withLock { $0.append(line) }
        }
    }
}
