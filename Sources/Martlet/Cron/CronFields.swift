/// The fields of an expression as sets, with the search in wall-clock time.
///
/// Wall-clock time is counted in seconds since 1970 as if the clock on the wall were set to UTC.
struct CronFields: Sendable, Hashable {
    var second = CronSet(values: 1)
    var minute: CronSet
    var hour: CronSet
    var day: CronSet
    var month: CronSet
    var weekday: CronSet

    /// The first matching wall-clock time that is not before `wall`; nil when there is none within 400 years, a whole
    /// cycle of the calendar.
    ///
    /// The search jumps from field to field: months, then days, then the time of day.
    func first(from wall: Int) -> Int? {
        let days = wall.flooredQuotient(by: 86_400)
        var time = wall - days * 86_400
        var date = CivilDate(days: days)
        let lastYear = date.year + 400
        while date.year <= lastYear {
            guard let month = month.first(from: date.month) else {
                date = CivilDate(year: date.year + 1, month: 1, day: 1)
                time = 0
                continue
            }
            if month != date.month {
                date = CivilDate(year: date.year, month: month, day: 1)
                time = 0
            }
            var rest = matchingDays(of: date) & (UInt64.max << UInt64(date.day))
            while rest != 0 {
                let day = rest.trailingZeroBitCount
                if day != date.day { time = 0 }
                date.day = day
                if let found = firstTime(from: time) { return date.days * 86_400 + found }
                rest &= rest - 1
            }
            date = CivilDate(year: date.year, month: date.month + 1, day: 1)
            time = 0
        }
        return nil
    }

    /// True when no day can ever match.
    var isImpossible: Bool {
        first(from: CivilDate(year: 2000, month: 1, day: 1).days * 86_400) == nil
    }

    /// A bit for each day of the date's month that matches, from bit 1.
    func matchingDays(of date: CivilDate) -> UInt64 {
        let count = date.daysInMonth
        let every: UInt64 = (1 << UInt64(count + 1)) - 2
        var byDay = day.values & every
        let first = CivilDate(year: date.year, month: date.month, day: 1).weekday
        for before in 0..<count where day.last & 1 << UInt64(before) != 0 { byDay |= 1 << UInt64(count - before) }
        for number in 0...count where day.nearest & 1 << UInt64(number) != 0 {
            byDay |= 1 << UInt64(Self.workday(nearestTo: number == 0 ? count : number, first: first, count: count))
        }
        var byWeekday: UInt64 = 0
        for number in 1...count {
            let bit = UInt64(1) << UInt64((first + number - 1) % 7)
            if weekday.values & bit != 0 || (number > count - 7 && weekday.last & bit != 0)
                || weekday.ordinals & bit << UInt64((number - 1) / 7 * 7) != 0
            {
                byWeekday |= 1 << UInt64(number)
            }
        }
        return day.beginsWithStar || weekday.beginsWithStar ? byDay & byWeekday : byDay | byWeekday
    }

    /// The day from Monday to Friday in the same month that is nearest to the day `number`.
    private static func workday(nearestTo number: Int, first: Int, count: Int) -> Int {
        switch (first + number - 1) % 7 {
        case 6: number > 1 ? number - 1 : number + 2
        case 0: number < count ? number + 1 : number - 2
        default: number
        }
    }

    /// The first second of the day that matches and is not before `time`.
    private func firstTime(from time: Int) -> Int? {
        var hour = time / 3600
        var minute = time / 60 % 60
        var second = time % 60
        while let foundHour = self.hour.first(from: hour) {
            if foundHour != hour { (minute, second) = (0, 0) }
            while let foundMinute = self.minute.first(from: minute) {
                if foundMinute != minute { second = 0 }
                if let foundSecond = self.second.first(from: second) {
                    return foundHour * 3600 + foundMinute * 60 + foundSecond
                }
                (minute, second) = (foundMinute + 1, 0)
            }
            (hour, minute, second) = (foundHour + 1, 0, 0)
        }
        return nil
    }
}
