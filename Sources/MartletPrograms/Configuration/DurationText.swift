/// A reader of durations as people write them: numbers with `ms`, `s`, `m`, `h`, `d` or `w`, the largest unit first,
/// such as `30s`, `1h30m` or `1.5h`.
package enum DurationText {
    static let hint = "write numbers with ms, s, m, h, d or w, such as 30s or 1h30m"
    /// The longest duration, ten years of 365 days.
    static let longest = Duration.seconds(87_600 * 3600)

    /// The units in milliseconds, the largest first.
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Reads a duration; `nil` for any other text, and for one that is longer than `longest` or has parts of a
    /// millisecond.
    package static func parse(_ text: String) -> Duration? {
        var rest = text[...]
        var allowed = units[...]
        var milliseconds: Int64 = 0
        repeat {
            guard let whole = takeDigits(&rest, atMost: 12) else { return nil }
            var fraction = ""
            if rest.first == "." {
                rest.removeFirst()
                guard let digits = takeDigits(&rest, atMost: 9) else { return nil }
                fraction = digits
            }
            let name = rest.prefix { $0.isLetter }
            guard let index = allowed.firstIndex(where: { $0.name == name }) else { return nil }
            rest = rest.dropFirst(name.count)
            // A fraction of a unit followed by smaller units would sooner or later be read wrongly.
            guard fraction.isEmpty || rest.isEmpty else { return nil }
            guard let part = multiply(whole, fraction, allowed[index].milliseconds) else { return nil }
            milliseconds += part
            allowed = allowed[(index + 1)...]
        } while !rest.isEmpty
        let duration = Duration.milliseconds(milliseconds)
        return duration <= longest ? duration : nil
    }

    private static func takeDigits(_ text: inout Substring, atMost limit: Int) -> String? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard (1...limit).contains(digits.count) else { return nil }
        text = text.dropFirst(digits.count)
        return String(digits)
    }

    /// Multiplies a number with a fraction by a unit; `nil` when the product is no whole number, or far too large.
    private static func multiply(_ whole: String, _ fraction: String, _ unit: Int64) -> Int64? {
        guard let number = Int64(whole + fraction) else { return nil }
        let scale = fraction.reduce(Int64(1)) { scale, _ in scale * 10 }
        let (product, overflows) = number.multipliedReportingOverflow(by: unit)
        guard !overflows, product % scale == 0, product / scale <= Int64(1) << 42 else { return nil }
        return product / scale
    }
}
