internal import Logging
internal import Martlet

/// The stored form of a log line: `{"time":…,"level":"info","attempt":1,"message":"…","fields":{…}}`.
enum LogLine {
    /// Encodes a line.
    ///
    /// `limit` is the most bytes that message and fields may have together. What is longer is cut, and the line says
    /// so.
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
            var left = min(limit, .max - slack) + slack - message.utf8.count
            var cut = 0
            func add(_ name: String, _ text: String) {
                if !isFirst { line.append(UInt8(ascii: ",")) }
                isFirst = false
                JSONText.append(name, to: &line)
                line.append(UInt8(ascii: ":"))
                JSONText.append(text, to: &line)
            }
            for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
                let text = "\(value)"
                let size = name.utf8.count + text.utf8.count
                guard size <= left else {
                    cut += 1
                    continue
                }
                left -= size
                add(name, text)
            }
            if cut > 0 { add("…", cut == 1 ? "1 field cut" : "\(cut) fields cut") }
            line.append(UInt8(ascii: "}"))
        }
        line.append(UInt8(ascii: "}"))
        return line
    }

    /// The bytes that a text may have beyond its limit without being cut.
    ///
    /// A cut that saves fewer bytes than its note "(n bytes cut)" takes would gain nothing, and the note of an earlier
    /// cut, as the reader of a command's output makes it, has to stay.
    private static let slack = 40

    /// Cuts a text to about `limit` bytes, with a note of how many more there were.
    static func cut(_ message: String, _ limit: Int) -> String {
        let size = message.utf8.count
        guard size - slack > limit else { return message }
        // The cut must not split a character: bytes that continue one begin with the bits 10.
        var end = message.utf8.index(message.startIndex, offsetBy: limit)
        while end > message.startIndex, message.utf8[end] & 0xc0 == 0x80 {
            end = message.utf8.index(before: end)
        }
        let kept = message[..<end]
        return "\(kept)… (\(size - kept.utf8.count) bytes cut)"
    }
}

extension String {
    /// The text cut to about 4 KiB, for errors and reports.
    var bounded: String {
        LogLine.cut(self, 4096)
    }
}
