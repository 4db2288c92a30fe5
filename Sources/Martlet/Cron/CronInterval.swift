public import FoundationEssentials

/// An interval between instants, whatever calendar and clocks say: `@every 17h`, or `@every 17h from
/// 2026-11-28T06:00:00Z`.
struct CronInterval: Sendable, Hashable {
    /// The length of the interval in seconds.
    let length: Int
    /// One of the instants in seconds since 1970; the others lie before and after it.
    let anchor: Int

    private static let longest = 10 * 366 * 86_400
    private static let units: [(letter: Character, seconds: Int, name: String)] = [
        ("w", 604_800, "week"), ("d", 86_400, "day"), ("h", 3600, "hour"), ("m", 60, "minute"), ("s", 1, "second"),
    ]

    /// The first instant of the interval after `instant`, both in milliseconds since 1970.
    func next(after instant: Int) -> Int {
        let length = length * 1000
        return anchor * 1000 + ((instant - anchor * 1000).flooredQuotient(by: length) + 1) * length
    }

    /// Reads an expression; nil when it does not begin with `@every`.
    init?(_ text: String) throws(CronError) {
        guard text.utf8.count <= 128 else { return nil }
        let parts = text.split { $0 == " " || $0 == "\t" }
        guard parts.first?.lowercased() == "@every" else { return nil }
        func refused(_ value: Substring, _ remedy: String) -> CronError {
            let position = text.distance(from: text.startIndex, to: value.startIndex) + 1
            return CronError(field: "interval", value: String(value), position: position, remedy: remedy)
        }
        guard parts.count == 2 || (parts.count == 4 && parts[2].lowercased() == "from") else {
            throw refused(text[...], "write @every 17h, or @every 17h from 2026-11-28T06:00:00Z")
        }
        guard let length = Self.seconds(parts[1]), (1...Self.longest).contains(length) else {
            throw refused(parts[1], "use a length from 1s to 3660d such as 90s, 15m, 17h, 1h30m or 2w")
        }
        self.length = length
        guard parts.count == 4 else {
            anchor = 0
            return
        }
        guard let date = try? Date(String(parts[3]), strategy: .iso8601),
            (0..<253_402_300_800).contains(date.timeIntervalSince1970)
        else {
            throw refused(parts[3], "use a time from 1970 to 9999 with its offset, such as 2026-11-28T06:00:00Z")
        }
        anchor = Int(date.timeIntervalSince1970)
    }

    /// The number of seconds in a text such as `1h30m`, in which each unit comes at most once and longer units come
    /// first; nil for any other text.
    private static func seconds(_ text: Substring) -> Int? {
        var (sum, rest, left) = (0, text, units[...])
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            guard digits.count <= 9, let number = Int(digits), let letter = rest.popFirst(),
                let place = left.firstIndex(where: { $0.letter == letter })
            else { return nil }
            sum += number * units[place].seconds
            left = left[(place + 1)...]
        }
        return sum
    }

    /// The interval in words: `every 17 hours from 2026-11-28T06:00:00Z`.
    var words: String {
        var (rest, parts) = (length, [String]())
        for unit in Self.units where unit.letter != "w" && rest >= unit.seconds {
            let number = rest / unit.seconds
            parts.append("\(number) \(unit.name)\(number == 1 ? "" : "s")")
            rest %= unit.seconds
        }
        let length =
            parts.count == 1 && parts[0].hasPrefix("1 ") ? String(parts[0].dropFirst(2)) : parts.joined(separator: " ")
        return "every \(length) from \(Self.text(anchor))"
    }

    fileprivate static func text(_ second: Int) -> String {
        Date(timeIntervalSince1970: Double(second)).formatted(.iso8601)
    }
}

extension Cron {
    /// Writes the expression of an interval, for example of 17 hours, which no list of hours of the day can say.
    ///
    /// - Parameters:
    ///   - interval: The interval, from one second to ten years; parts of a second are left out.
    ///   - anchor: One of the instants, to the second. Default: 1970-01-01 00:00 UTC.
    /// - Returns: The expression, for ``Cron``.
    public static func every(_ interval: Duration, from anchor: Date? = nil) -> String {
        let length = "@every \(interval.components.seconds)s"
        return anchor.map { "\(length) from \(CronInterval.text(Int($0.timeIntervalSince1970.rounded(.down))))" }
            ?? length
    }
}
