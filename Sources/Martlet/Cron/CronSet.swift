/// The values that one field names.
struct CronSet: Sendable, Hashable {
    /// A bit for each value.
    var values: UInt64 = 0
    /// Day of month: a bit for each number of days before the last day, bit 0 for the last day itself; day of week: a
    /// bit for each weekday of which the last in the month is meant.
    var last: UInt64 = 0
    /// Day of month: a bit for each day of which the nearest workday is meant, bit 0 for the last day.
    var nearest: UInt64 = 0
    /// Day of week: a bit for each numbered weekday of the month; the first Sunday is bit 0, the second Sunday bit 7.
    var ordinals: UInt64 = 0
    /// True when the field begins with `*`, so that it does not restrict the day in the sense of crontab(5).
    var beginsWithStar = false
    /// True when the field names a beat and not moments: it begins with `*`, has a stepped `H`, or names every value.
    var isBeat = false

    func contains(_ value: Int) -> Bool { values & 1 << UInt64(value) != 0 }

    /// The lowest value in the set that is not below `value`; nil when there is none.
    func first(from value: Int) -> Int? {
        guard value < 64 else { return nil }
        let rest = values >> UInt64(value)
        return rest == 0 ? nil : value + rest.trailingZeroBitCount
    }
}
