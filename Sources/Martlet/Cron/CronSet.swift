/// The values that one field names.
struct CronSet: Sendable, Hashable {
    /// A bit for each value.
    var values: UInt64 = 0
    /// Day of month: bit 0 for the last day. Day of week: a bit for each weekday whose last of the month is meant.
    var last: UInt64 = 0
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
