/// The numbers of durations in a few ranges.
///
/// There are two ranges for each power of two milliseconds: below 1, 2, 3, 4, 6, 8, 12, 16, 24 and so on to 12 days;
/// the last range holds everything longer. `lua/include/tally.lua` counts them.
public struct DurationHistogram: Sendable, Hashable {
    /// The numbers by the upper bound (ms) of the range, which is not in it.
    private var counts: [Int64: Int] = [:]
    static let longest: Int64 = 1 << 30

    /// Makes an empty histogram.
    package init() {}

    /// The number of all durations.
    public var total: Int { counts.values.reduce(0, +) }

    mutating func add(_ count: Int, below end: Int64) {
        counts[end, default: 0] += count
    }

    mutating func add(_ other: DurationHistogram) {
        counts.merge(other.counts, uniquingKeysWith: +)
    }

    /// The duration that this share of them (0 to 1) does not exceed; nil when there are none.
    ///
    /// It lies in the range of the true value, as far into it as the rank tells. A range is at most half as long as its
    /// beginning, so the value is wrong by less than half, and as a rule by less than a quarter.
    public func quantile(_ share: Double) -> Duration? {
        let rank = share * Double(total)
        var before = 0.0
        for (end, count) in counts.sorted(by: { $0.key < $1.key }) where count > 0 {
            if before + Double(count) >= rank {
                let start = Self.start(of: end)
                let part = Double(end - start) * (rank - before) / Double(count)
                return .milliseconds(min(start + Int64(part), end - 1))
            }
            before += Double(count)
        }
        return nil
    }

    /// The beginning of the range that ends at `end` (ms).
    private static func start(of end: Int64) -> Int64 {
        if end <= 2 { return end - 1 }
        return end & (end - 1) == 0 ? end / 4 * 3 : end / 3 * 2
    }

    /// The beginning of the range that a duration (ms) is in, which keeps its two highest bits.
    package static func start(around milliseconds: Int64) -> Int64 {
        let duration = max(0, milliseconds)
        let shift = max(0, 62 - duration.leadingZeroBitCount)
        return (duration >> shift) << shift
    }
}
