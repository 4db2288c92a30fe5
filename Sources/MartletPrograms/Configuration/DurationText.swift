/// Durations as people write them: a whole number with `ms`, `s`, `m`, `h` or `d`.
package enum DurationText {
    static let hint = "write a number with ms, s, m, h or d, such as 30s"
    /// Ten years.
    static let longest = Duration.seconds(87_600 * 3600)

    /// `nil` for anything else, also for one longer than `longest`.
    package static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= Int64(1) << 40 else { return nil }
        let duration: Duration
        switch text.dropFirst(digits.count) {
        case "ms": duration = .milliseconds(number)
        case "s": duration = .seconds(number)
        case "m": duration = .seconds(number * 60)
        case "h": duration = .seconds(number * 3600)
        case "d": duration = .seconds(number * 86_400)
        default: return nil
        }
        return duration <= longest ? duration : nil
    }
}
