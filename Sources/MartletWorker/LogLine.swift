internal import Logging
internal import Martlet

/// The stored form of a log line: `{"time":…,"level":"info","attempt":1,"message":"…","fields":{…}}`.
enum LogLine {
    /// - Parameter limit: bytes that message and fields may have together; what is over is cut, and says so.
    static func encode(
        time: Int64,
        level: Logger.Level,
        attempt: Int,
        message: String,
        fields: Logger.Metadata,
        limit: Int
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(80 + message.utf8.count)
        line.append(contentsOf: "{\"time\":\(time),\"level\":\"\(level.rawValue)\",\"attempt\":\(attempt)".utf8)
        line.append(contentsOf: ",\"message\":".utf8)
        JSONText.append(cut(message, limit), to: &line)
        if !fields.isEmpty {
            line.append(contentsOf: ",\"fields\":{".utf8)
            var isFirst = true
            for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
                let text = "\(value)"
                guard line.count + name.utf8.count + text.utf8.count < limit else { break }
                if !isFirst { line.append(UInt8(ascii: ",")) }
                isFirst = false
                JSONText.append(name, to: &line)
                line.append(UInt8(ascii: ":"))
                JSONText.append(text, to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
        line.append(UInt8(ascii: "}"))
        return line
    }

    private static func cut(_ message: String, _ limit: Int) -> String {
        let size = message.utf8.count
        guard size > limit else { return message }
        let kept = String(decoding: message.utf8.prefix(limit), as: UTF8.self)
        return "\(kept)… (\(size - limit) bytes cut)"
    }
}
