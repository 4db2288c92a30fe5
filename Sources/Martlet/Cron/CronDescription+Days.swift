extension CronDescription {
    /// The words for the days, in at most two parts; none for a beat that goes on every day.
    func days(isMoment: Bool) -> [String] {
        let everyDay = fields.day.values == CronField.day.all
        let everyWeekday = fields.weekday.values == CronField.weekday.all
        let isBoth = fields.day.beginsWithStar || fields.weekday.beginsWithStar
        // By crontab's rule either of two restricted fields is enough, so a field that names all values leaves no day
        // out.
        if isBoth ? everyDay && everyWeekday : everyDay || everyWeekday {
            guard let months else { return isMoment ? ["every day"] : [] }
            return [isMoment ? "every day \(months)" : months]
        }
        if isBoth, everyDay { return [weekdays] + (months.map { [$0] } ?? []) }
        if isBoth, everyWeekday {
            if let month = fields.month.only { return [dates(ofThe: Self.monthNames[month - 1])] }
            return [dates(ofThe: nil)] + (months.map { [$0] } ?? [])
        }
        let dates = dates(ofThe: nil)
        return [isBoth ? "\(dates) if that is \(weekday)" : "\(dates) or \(weekdays)"] + (months.map { [$0] } ?? [])
    }

    /// The words for the days of the month: `on day 1 of the month`, `on the last day of the month`, `on 24 December`.
    private func dates(ofThe month: String?) -> String {
        let numbers = fields.day.list
        let spelled = Self.spelled(numbers) { "\($0)" }
        let last = (0..<31).filter { fields.day.last & 1 << UInt64($0) != 0 }.map { before in
            before == 0 ? "the last day" : "day \(before) before the last"
        }
        let nearest = (0...31).filter { fields.day.nearest & 1 << UInt64($0) != 0 }.map { number in
            number == 0 ? "the last workday" : "the workday nearest to day \(number)"
        }
        if let month, last.isEmpty, nearest.isEmpty { return "on \(spelled) \(month)" }
        let days = numbers.isEmpty ? [] : ["day\(numbers.count == 1 ? "" : "s") \(spelled)"]
        return "on \(Self.sentence(days + last + nearest)) of \(month ?? "the month")"
    }

    /// The words for the days of the week: `Monday to Friday`, `on Monday and Thursday`, `on the last Friday of the
    /// month`.
    private var weekdays: String {
        let isRun =
            fields.weekday.last == 0 && fields.weekday.ordinals == 0 && weekday.contains(" to ")
            && !weekday.contains(" and ")
        return isRun ? weekday : "on \(weekday)"
    }

    private var weekday: String {
        // A week is written from Monday on; Sunday is its seventh day.
        let numbers = fields.weekday.list.map { $0 == 0 ? 7 : $0 }.sorted()
        let spelled = Self.spelled(numbers) { Self.weekdayNames[$0 - 1] }
        let last = (1...7).filter { fields.weekday.last & 1 << UInt64($0 % 7) != 0 }
            .map { "the last \(Self.weekdayNames[$0 - 1])" }
        let ordinals = (0..<35).filter { fields.weekday.ordinals & 1 << UInt64($0) != 0 }.map { place in
            "the \(Self.ordinalNames[place / 7]) \(Self.weekdayNames[(place + 6) % 7])"
        }
        guard !last.isEmpty || !ordinals.isEmpty else { return spelled }
        return Self.sentence((numbers.isEmpty ? [] : [spelled]) + ordinals + last) + " of the month"
    }

    /// The words for the months: `in January and July`, `from March to May`; nil for all months.
    private var months: String? {
        let numbers = fields.month.list
        guard numbers.count < 12 else { return nil }
        let spelled = Self.spelled(numbers) { Self.monthNames[$0 - 1] }
        return spelled.contains(" to ") && !spelled.contains(" and ") ? "from \(spelled)" : "in \(spelled)"
    }

    private static let ordinalNames = ["first", "second", "third", "fourth", "fifth"]

    private static let weekdayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    private static let monthNames = [
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ]
}
