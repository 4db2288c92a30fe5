public import FoundationEssentials

/// A line of a job's log.
public struct LogEntry: Sendable, Hashable {
    /// The time at which it was written, by the worker's clock.
    public let time: Date
    /// The level: `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`.
    public let level: String
    /// The attempt that wrote it; 0 for a line about the log itself.
    public let attempt: Int
    /// The text of the line.
    public let message: String
    /// The metadata of the line: names and values as the logger was given them.
    public let fields: [String: String]
    /// The line as it is stored, a JSON object.
    public let json: String

    /// Reads a line; a line that is no such object becomes a message as a whole, so that nothing is hidden.
    package init(_ json: String) {
        self.json = json
        if let line = try? JSONDecoder().decode(Line.self, from: Data(json.utf8)) {
            self.time = Date(milliseconds: line.time)
            self.level = line.level
            self.attempt = min(max(line.attempt, 0), Int(StoredNumber.mostCount))
            self.message = line.message
            self.fields = line.fields ?? [:]
        } else {
            self.time = Date(milliseconds: 0)
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
