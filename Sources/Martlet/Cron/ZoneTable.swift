internal import Foundation

/// A span of time in which a zone's clocks are not changed, in seconds since 1970.
struct ZoneSpan: Sendable, Hashable {
    let start: Int
    /// The first second after the span.
    let end: Int
    /// The number of seconds that the clocks are ahead of UTC.
    let offset: Int
    /// The number of seconds that they were ahead before the start.
    let previousOffset: Int

    /// The wall-clock times that the clocks jumped over at the start; empty when they were not put forward.
    var gap: Range<Int> { start + previousOffset..<max(start + previousOffset, start + offset) }
    /// The wall-clock times that are shown again after the start; empty when they were not put back.
    var fold: Range<Int> { start + offset..<max(start + offset, start + previousOffset) }
}

/// The changes of a zone's clocks from 1970 to 2200, for search by halving.
final class ZoneTable: Sendable {
    private let starts: [Int]
    private let offsets: [Int]

    init(_ zone: TimeZone) {
        var date = Date(timeIntervalSince1970: 0)
        // The value is far from the ends of `Int`, so that sums with it can't overflow.
        var starts = [-1 << 48]
        var offsets = [zone.secondsFromGMT(for: date)]
        while let change = zone.nextDaylightSavingTimeTransition(after: date), change > date,
            change.timeIntervalSince1970 < 7_258_118_400
        {
            let offset = zone.secondsFromGMT(for: change)
            if offset != offsets.last {
                starts.append(Int(change.timeIntervalSince1970.rounded()))
                offsets.append(offset)
            }
            date = change
        }
        self.starts = starts
        self.offsets = offsets
    }

    func span(at second: Int) -> ZoneSpan {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= second { low = middle } else { high = middle }
        }
        return ZoneSpan(
            start: starts[low],
            end: high < starts.count ? starts[high] : 1 << 48,
            offset: offsets[low],
            previousOffset: offsets[max(0, low - 1)]
        )
    }
}
