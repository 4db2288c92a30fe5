extension Cron {
    /// The expression in plain words: `at 03:00, Monday to Friday, Europe/Berlin`.
    ///
    /// Common shapes read as one would say them; any other is spelled out field by field.
    public func words(in zone: Zone) -> String {
        switch times {
        case .fields(let fields): CronDescription(fields: fields).parts.joined(separator: ", ") + ", " + zone.identifier
        case .interval(let interval): interval.words
        }
    }
}

/// The words for an expression.
///
/// They are made from the sets, so that they say what will happen however the expression was written.
struct CronDescription {
    let fields: CronFields

    var parts: [String] {
        let time = timeOfDay
        return [time] + days(isMoment: time.hasPrefix("at ") && !time.contains("every"))
    }

    private var timeOfDay: String {
        let hours = fields.hour.list, minutes = fields.minute.list, seconds = fields.second.list
        if let text = everyHours ?? moments(atMost: 4) { return text }
        if hours.count == 24, minutes.count == 60, let beat = Self.beat(of: seconds, in: 60) {
            return Self.every(beat.step, "second") + (beat.start == 0 ? "" : " from second \(beat.start)")
        }
        if seconds == [0], let beat = Self.beat(of: minutes, in: 60) {
            let every = Self.every(beat.step, "minute")
            if hours.count == 24 { return every + (beat.start == 0 ? "" : " from minute \(beat.start)") }
            if let stretch = stretch(minutes) { return "\(every) \(stretch)" }
        }
        if seconds == [0], minutes.count == 1 {
            if minutes == [0], hours.count == 24 { return "every hour" }
            if hours.count < 24, let stretch = stretch(minutes) { return "every hour \(stretch)" }
        }
        return moments(atMost: 8) ?? fieldByField
    }

    /// The words for one time in at least three hours that divide the day evenly: `every 6 hours from 02:15`; nil
    /// otherwise.
    private var everyHours: String? {
        guard let beat = Self.beat(of: fields.hour.list, in: 24), (2...8).contains(beat.step),
            let minute = fields.minute.only, let second = fields.second.only
        else { return nil }
        let start = Self.clock(beat.start, minute, second)
        return "every \(beat.step) hours" + (start == "00:00" ? "" : " from \(start)")
    }

    /// The words for at most `limit` times of day: `at 03:00 and 15:00`; nil for more.
    private func moments(atMost limit: Int) -> String? {
        let hours = fields.hour.list, minutes = fields.minute.list, seconds = fields.second.list
        guard hours.count * minutes.count * seconds.count <= limit else { return nil }
        return "at "
            + Self.sentence(
                hours.flatMap { hour in
                    minutes.flatMap { minute in seconds.map { Self.clock(hour, minute, $0) } }
                }
            )
    }

    /// The words for hours that follow each other: `from 09:00 to 17:45`; nil where they do not.
    private func stretch(_ minutes: [Int]) -> String? {
        guard let first = fields.hour.list.first, let last = fields.hour.list.last, let end = minutes.last,
            last - first + 1 == fields.hour.list.count
        else { return nil }
        return "from \(Self.clock(first, minutes[0], 0)) to \(Self.clock(last, end, 0))"
    }

    private var fieldByField: String {
        var parts: [String] = []
        func add(_ set: CronSet, _ unit: String, of count: Int) {
            let values = set.list
            if values.count == count {
                parts.append(parts.isEmpty ? "every \(unit)" : "of every \(unit)")
            } else {
                let word = parts.isEmpty ? "at" : "of"
                parts.append("\(word) \(unit)\(values.count == 1 ? "" : "s") \(Self.spelled(values) { "\($0)" })")
            }
        }
        if fields.second.list != [0] { add(fields.second, "second", of: 60) }
        add(fields.minute, "minute", of: 60)
        add(fields.hour, "hour", of: 24)
        return parts.joined(separator: " ")
    }
}

extension CronDescription {
    private static func every(_ count: Int, _ unit: String) -> String {
        count == 1 ? "every \(unit)" : "every \(count) \(unit)s"
    }

    /// A time of day: `03:00`, or `03:00:15` where the seconds are not 0.
    private static func clock(_ hour: Int, _ minute: Int, _ second: Int) -> String {
        func digits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(digits(hour)):\(digits(minute))" + (second == 0 ? "" : ":\(digits(second))")
    }

    /// The step and the start of values that go round evenly, with one more step from the last to the first; nil for
    /// others.
    private static func beat(of values: [Int], in count: Int) -> (step: Int, start: Int)? {
        guard values.count > 1, let first = values.first else { return nil }
        let step = values[1] - first
        guard step * values.count == count else { return nil }
        return values.enumerated().allSatisfy { $1 == first + $0 * step } ? (step, first) : nil
    }

    /// The values in words, with runs of at least three joined: `1 to 5, 9 and 12`.
    static func spelled(_ values: [Int], _ name: (Int) -> String) -> String {
        var runs: [ClosedRange<Int>] = []
        for value in values {
            if let last = runs.last, last.upperBound == value - 1 {
                runs[runs.count - 1] = last.lowerBound...value
            } else {
                runs.append(value...value)
            }
        }
        return sentence(
            runs.flatMap { run in
                run.count < 3
                    ? run.map(name) : ["\(name(run.lowerBound)) to \(name(run.upperBound))"]
            }
        )
    }

    static func sentence(_ items: [String]) -> String {
        guard items.count > 1 else { return items.first ?? "" }
        return "\(items.dropLast().joined(separator: ", ")) and \(items[items.count - 1])"
    }
}

extension CronSet {
    /// The values in ascending order.
    var list: [Int] { (0..<64).filter(contains) }
    /// The only value; nil when there is not exactly one.
    var only: Int? { values.nonzeroBitCount == 1 ? values.trailingZeroBitCount : nil }
}
