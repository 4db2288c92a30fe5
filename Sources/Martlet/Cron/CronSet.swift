/// The values that one field names.
struct CronSet: Sendable, Hashable {
    /// A bit for each value.
    var values: UInt64 = 0
    /// Day of month: a bit for each number of days before the last one, 0 for that itself. Day of week: a bit for each
    /// weekday whose last of the month is meant.
    var last: UInt64 = 0
    /// Day of month: a bit for each day of which the nearest workday is meant, bit 0 for the last day.
    var nearest: UInt64 = 0
    /// Day of week: a bit for the first, second, … of a weekday in the month: bit 7 × (first is 0) + weekday.
    var ordinals: UInt64 = 0
    /// The field begins with `*`: it does not restrict the day, in the sense of crontab(5).
    var beginsWithStar = false
    /// The field names a beat, not moments: it begins with `*`, has a stepped `H`, or names every value.
    var isBeat = false

    func contains(_ value: Int) -> Bool { values & 1 << UInt64(value) != 0 }

    /// The lowest value that is not below `value`.
    func first(from value: Int) -> Int? {
        guard value < 64 else { return nil }
        let rest = values >> UInt64(value)
        return rest == 0 ? nil : value + rest.trailingZeroBitCount
    }
}
