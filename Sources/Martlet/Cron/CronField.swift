/// A place of a cron expression, with its name, its numbers and its words.
enum CronField: Int, CaseIterable, Sendable {
    case second, minute, hour, day, month, weekday

    var title: String {
        switch self {
        case .second: "second"
        case .minute: "minute"
        case .hour: "hour"
        case .day: "day of month"
        case .month: "month"
        case .weekday: "day of week"
        }
    }

    /// The values that the field can take; Sunday is 0, and may be written 7.
    var range: ClosedRange<Int> {
        switch self {
        case .second, .minute: 0...59
        case .hour: 0...23
        case .day: 1...31
        case .month: 1...12
        case .weekday: 0...6
        }
    }

    /// The numbers that may be written.
    var written: ClosedRange<Int> { self == .weekday ? 0...7 : range }

    /// The values that `H` chooses from; for days these are 1 to 28, which every month has.
    var hashed: ClosedRange<Int> { self == .day ? 1...28 : range }

    /// The short names of the values, beginning with the lowest.
    var names: [String] {
        switch self {
        case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        case .weekday: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
        default: []
        }
    }

    /// The full names of the values, beginning with the lowest.
    var fullNames: [String] {
        switch self {
        case .month:
            [
                "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER",
                "NOVEMBER", "DECEMBER",
            ]
        case .weekday: ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"]
        default: []
        }
    }

    /// The text that says what would be right in this field.
    var remedy: String {
        switch self {
        case .second, .minute, .hour: "use \(range.lowerBound) to \(range.upperBound)"
        case .day:
            "use 1 to 31, L for the last day, L-3 for the third before it, or 15W for the workday nearest to day 15"
        case .month: "use 1 to 12 or JAN to DEC"
        case .weekday:
            "use 0 to 7 (0 and 7 are Sunday), SUN to SAT, 5L for the last Friday of the month, or MON#2 for "
                + "its second Monday"
        }
    }

    /// All values as a set of bits.
    var all: UInt64 { range.reduce(0) { $0 | 1 << UInt64($1) } }
}
