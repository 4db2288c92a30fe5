import MartletTesting

/// Random expressions of five fields, most of which are due around the hours in which clocks are changed.
struct RandomCron {
    private var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    mutating func next() -> String {
        let day: String
        switch number(10) {
        case 0...5: day = "*"
        case 6: day = "*/\(1 + number(12))"
        case 7: day = ["L", "15,L", "1-7", "25-31", "L,1"][number(5)]
        default: day = items(1...31)
        }
        let month: String
        switch number(10) {
        case 0...5: month = "*"
        case 6: month = "*/\(1 + number(6))"
        case 7: month = ["MAR", "OCT", "MAR-NOV", "SEP,APR", "FEB-APR/2"][number(5)]
        default: month = items(1...12)
        }
        let weekday: String
        switch number(10) {
        case 0...5: weekday = "*"
        case 6: weekday = "*/\(1 + number(7))"
        case 7: weekday = ["0L", "7L", "5L", "SUN", "MON-FRI", "FRI-7", "SAT,7", "1,0L"][number(8)]
        default: weekday = items(0...7)
        }
        return "\(minute()) \(hour()) \(day) \(month) \(weekday)"
    }

    private mutating func minute() -> String {
        switch number(10) {
        case 0: number(8) == 0 ? "*" : "*/\(20 + number(41))"
        case 1: "*/\(7 + number(54))"
        case 2: "\(number(30))-59/\(10 + number(40))"
        default: items(0...59, ranges: false)
        }
    }

    private mutating func hour() -> String {
        switch number(10) {
        case 0...1: "*"
        case 2: "*/\(1 + number(24))"
        case 3: items(0...23)
        default: items(0...4)
        }
    }

    /// A field of one to three items: values, ranges, ranges with steps.
    private mutating func items(_ range: ClosedRange<Int>, ranges: Bool = true) -> String {
        (0...number(3)).map { _ in
            let first = range.lowerBound + number(range.count)
            let last = first + number(range.upperBound - first + 1)
            switch ranges ? number(4) : 0 {
            case 0...1: return "\(first)"
            case 2: return "\(first)-\(last)"
            default: return "\(first)-\(last)/\(1 + number(min(5, range.count)))"
            }
        }.joined(separator: ",")
    }

    /// A random number from 0 to below `count`.
    mutating func number(_ count: Int) -> Int {
        Int(random.next() % UInt64(count))
    }
}
