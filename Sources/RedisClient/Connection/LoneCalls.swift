/// The judgement whether calls come one at a time and are answered soon.
///
/// While they are, a caller waits for its reply on its own thread, in the kernel. After a wait that was too long for
/// that, more and more lone calls are needed for the next one, so that a server that is slow, or far away, holds up
/// next to no thread.
struct LoneCalls {
    private static let fewestToWrite = 3
    private static let fewest = 8
    private static let most = 8192

    private var streak = 0
    private var needed = Self.fewest

    /// True when a caller may write by itself: not only this call came alone, but also those before it.
    ///
    /// Where many callers take turns, one of them is the first after each pause, and one write of the event loop for
    /// all of them costs less than one for the first and one for the others.
    var haveBegun: Bool { streak >= Self.fewestToWrite }
    var areLikely: Bool { streak >= needed }

    /// Notes a call while nothing was in flight.
    mutating func cameAlone() {
        streak = min(streak + 1, Self.most)
    }

    /// Notes a call while others were in flight.
    mutating func cameWithOthers() {
        streak = 0
    }

    /// Notes that a caller has waited for its reply, and that the reply came soon enough for that or not.
    mutating func waited(isWorthIt: Bool) {
        if isWorthIt {
            needed = Self.fewest
        } else {
            streak = 0
            needed = min(needed * 4, Self.most)
        }
    }
}
