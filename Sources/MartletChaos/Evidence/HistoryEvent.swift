internal import Martlet

/// One line of a history: what a process did, or learnt of what it did.
///
/// Texts have no quotes and no backslashes in them.
struct HistoryEvent: Sendable, Equatable {
    enum Kind: String, Sendable {
        /// A worker process began; `word` is its number in the fleet.
        case began
        /// A job was brought by a claim.
        case claimed
        /// A handler began, and how it ended (`word`).
        case run, ran
        /// A script call about a job, `what` by name; `word`: invoked, then the script's word, failed or unknown.
        case call
        /// The harness did something, `what`, to a process or a server.
        case fault
        /// A fault point was reached and its fault is about to happen.
        case fired
    }

    var time: Int64
    var kind: Kind
    var job = ""
    var token = 0
    var attempt = 0
    var what = ""
    var word = ""

    /// A line of JSON, with its end.
    var line: String {
        var line = JSONObjectText()
        line.append("t", time)
        line.append("e", kind.rawValue)
        if !job.isEmpty { line.append("job", job) }
        if token != 0 { line.append("token", token) }
        if attempt != 0 { line.append("attempt", attempt) }
        if !what.isEmpty { line.append("what", what) }
        if !word.isEmpty { line.append("word", word) }
        return line.text + "\n"
    }
}

extension HistoryEvent {
    /// Reads a line as ``line`` writes it; nil when it is none.
    ///
    /// By hand, as there are millions of them.
    init?(line: ArraySlice<UInt8>) {
        self.init(time: 0, kind: .run)
        var rest = line
        var hasKind = false
        while let name = Self.quoted(&rest) {
            guard rest.popFirst() == UInt8(ascii: ":"), let first = rest.first else { return nil }
            var number = 0
            var text = ""
            if first == UInt8(ascii: "\"") {
                guard let value = Self.quoted(&rest) else { return nil }
                text = value
            } else {
                while let digit = rest.first, (48...57).contains(digit) {
                    number = number * 10 + Int(digit - 48)
                    rest = rest.dropFirst()
                }
            }
            switch name {
            case "t": time = Int64(number)
            case "e":
                guard let kind = Kind(rawValue: text) else { return nil }
                self.kind = kind
                hasKind = true
            case "job": job = text
            case "token": token = number
            case "attempt": attempt = number
            case "what": what = text
            case "word": word = text
            default: return nil
            }
        }
        guard hasKind else { return nil }
    }

    /// Takes the next quoted text off the front, with what stands before it.
    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let open = rest.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        let start = open + 1
        guard let close = rest[start...].firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        defer { rest = rest[(close + 1)...] }
        return String(decoding: rest[start..<close], as: UTF8.self)
    }
}
