internal import FoundationEssentials

/// One line of a job's log, as the list in Redis holds it: a JSON object.
public struct LogEntry: Sendable, Hashable {
    /// Milliseconds since 1970.
    public let time: Int64
    /// `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`.
    public let level: String
    /// The attempt that wrote it; 0 for a line about the log itself.
    public let attempt: Int
    public let message: String
    public let fields: [String: String]
    /// The line as it is stored.
    public let json: String

    /// Reads a line; one that is no such object becomes a message of its own, so that nothing is hidden.
    package init(_ json: String) {
        self.json = json
        if let line = try? JSONDecoder().decode(Line.self, from: Data(json.utf8)) {
            self.time = line.time
            self.level = line.level
            self.attempt = line.attempt
            self.message = line.message
            self.fields = line.fields ?? [:]
        } else {
            self.time = 0
            self.level = "info"
            self.attempt = 0
            self.message = json
            self.fields = [:]
        }
    }

    private struct Line: Decodable {
        let time: Int64
        let level: String
        let attempt: Int
        let message: String
        let fields: [String: String]?
    }
}
