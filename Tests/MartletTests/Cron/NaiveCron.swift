/// The oracle's reading of cron expressions, written apart from the product's and as plainly as possible.
///
/// It reads five fields, without `H` and without words that begin with `@`.
struct NaiveCron {
    let minutes: Set<Int>
    let hours: Set<Int>
    let days: Set<Int>
    let lastDay: Bool
    let months: Set<Int>
    let weekdays: Set<Int>
    let lastWeekdays: Set<Int>
    /// True when one of the day fields begins with a star.
    let dayIsStarred: Bool
    /// True when the expression is due both times that a time occurs twice.
    let isRepeated: Bool

    init(_ text: String) {
        let parts = text.split(separator: " ").map(String.init)
        precondition(parts.count == 5)
        minutes = Self.values(parts[0], 0, 59)
        hours = Self.values(parts[1], 0, 23)
        days = Self.values(parts[2], 1, 31)
        lastDay = parts[2].split(separator: ",").contains("L")
        months = Self.values(parts[3], 1, 12)
        weekdays = Set(Self.values(parts[4], 0, 7).map { $0 % 7 })
        lastWeekdays = Set(
            parts[4].split(separator: ",").filter { $0.hasSuffix("L") }.compactMap { Int($0.dropLast()) }.map { $0 % 7 }
        )
        dayIsStarred = parts[2].first == "*" || parts[4].first == "*"
        isRepeated =
            parts[0].first == "*" || parts[1].first == "*" || minutes.count == 60 || hours.count == 24
    }

    func matches(_ day: WallDay) -> Bool {
        guard months.contains(day.month) else { return false }
        let byNumber = days.contains(day.day) || (lastDay && day.day == day.daysInMonth)
        let byWeekday =
            weekdays.contains(day.weekday) || (lastWeekdays.contains(day.weekday) && day.day + 7 > day.daysInMonth)
        return dayIsStarred ? byNumber && byWeekday : byNumber || byWeekday
    }

    private static func values(_ text: String, _ low: Int, _ high: Int) -> Set<Int> {
        var result: Set<Int> = []
        for item in text.split(separator: ",") where !item.hasSuffix("L") {
            let halves = item.split(separator: "/")
            let step = halves.count == 2 ? Int(halves[1]) ?? 1 : 1
            var (first, last) = (low, high)
            if halves[0] != "*" {
                let ends = halves[0].split(separator: "-").map { number(String($0)) }
                (first, last) = (ends[0], ends[ends.count - 1])
            }
            var value = first
            while value <= last {
                result.insert(value)
                value += step
            }
        }
        return result
    }

    private static func number(_ text: String) -> Int {
        let names = [
            "JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6, "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10,
            "NOV": 11, "DEC": 12, "SUN": 0, "MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6,
        ]
        return names[text] ?? Int(text) ?? -1
    }
}
