import Foundation

/// A day as a clock on the wall of a zone shows it.
struct WallDay: Hashable {
    let month: Int
    let day: Int
    /// The day of the week, from 0 (Sunday).
    let weekday: Int
    let daysInMonth: Int
}

/// A minute as a clock on the wall of a zone shows it, as single bits that can be looked up in a mask.
struct WallMinute {
    let minute: UInt64
    let hour: UInt64
    /// The index of the day among those of the window.
    let day: Int
    /// True when the clock has shown this minute before.
    let isRepeat: Bool
}

/// A span of time in a zone, gone through minute by minute: for each minute the zone is asked what its clocks show.
struct OracleWindow {
    /// A change that puts clocks forward: the minute after it, the minutes left out, and those of the hour that
    /// follows.
    private struct Leap {
        let index: Int
        let lost: [WallMinute]
        let hourAfter: [WallMinute]
    }

    /// The first minute of the window, in minutes since 1970.
    let start: Int
    private var minutes: [WallMinute] = []
    private var days: [WallDay] = []
    private var leaps: [Leap] = []

    init(zone: TimeZone, start: Int, count: Int) {
        self.start = start
        func wall(_ minute: Int) -> Int {
            minute + zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(minute) * 60)) / 60
        }
        var latest = (start - 1440..<start).map(wall).max() ?? 0
        var previous = wall(start - 1)
        var dayNumber = Int.min
        func read(_ wall: Int) -> WallMinute {
            if wall / 1440 != dayNumber {
                dayNumber = wall / 1440
                days.append(Self.day(dayNumber))
            }
            return WallMinute(
                minute: 1 << UInt64(wall % 60),
                hour: 1 << UInt64(wall / 60 % 24),
                day: days.count - 1,
                isRepeat: wall <= latest
            )
        }
        minutes.reserveCapacity(count)
        for index in 0..<count {
            let now = wall(start + index)
            if now > previous + 1 {
                let lost = (previous + 1..<now).map(read)
                leaps.append(Leap(index: index, lost: lost, hourAfter: (now..<now + 60).map(read)))
            }
            minutes.append(read(now))
            latest = max(latest, now)
            previous = now
        }
    }

    /// The instants in the window at which the expression is due, in milliseconds since 1970.
    func instants(of cron: NaiveCron) -> [Int] {
        let isDayIn = days.map(cron.matches)
        guard isDayIn.contains(true) else { return [] }
        let minuteMask = cron.minutes.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
        let hourMask = cron.hours.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
        func matches(_ minute: WallMinute) -> Bool {
            minute.minute & minuteMask != 0 && minute.hour & hourMask != 0 && isDayIn[minute.day]
        }
        var found: Set<Int> = []
        minutes.withUnsafeBufferPointer { minutes in
            for index in minutes.indices where minutes[index].minute & minuteMask != 0 {
                let minute = minutes[index]
                if matches(minute), cron.isRepeated || !minute.isRepeat { found.insert(index) }
            }
        }
        for leap in leaps where leap.lost.contains(where: matches) {
            let isSoon = cron.hours.count == 24 && leap.hourAfter.contains(where: matches)
            if !isSoon { found.insert(leap.index) }
        }
        return found.sorted().map { (start + $0) * 60_000 }
    }

    /// The minutes of these years at which a zone's clocks are put forward or back.
    static func edges(of zone: TimeZone, in years: ClosedRange<Int>) -> [Int] {
        func minute(_ year: Int) -> Int {
            var parts = tm()
            parts.tm_year = Int32(year - 1900)
            parts.tm_mday = 1
            return timegm(&parts) / 60
        }
        func offset(_ minute: Int) -> Int { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(minute) * 60)) }
        var result: [Int] = []
        for half in stride(from: minute(years.lowerBound), to: minute(years.upperBound + 1), by: 720)
        where offset(half) != offset(half + 720) {
            var (before, after) = (half, half + 720)
            while after - before > 1 {
                let middle = (before + after) / 2
                if offset(middle) == offset(before) { before = middle } else { after = middle }
            }
            result.append(after)
        }
        return result
    }

    private static func day(_ number: Int) -> WallDay {
        func parts(_ number: Int) -> tm {
            var seconds = time_t(number * 86_400)
            var parts = tm()
            gmtime_r(&seconds, &parts)
            return parts
        }
        let today = parts(number)
        // The month ends on the day before a first.
        var last = number
        while parts(last + 1).tm_mday != 1 { last += 1 }
        return WallDay(
            month: Int(today.tm_mon) + 1,
            day: Int(today.tm_mday),
            weekday: Int(today.tm_wday),
            daysInMonth: Int(parts(last).tm_mday)
        )
    }
}
