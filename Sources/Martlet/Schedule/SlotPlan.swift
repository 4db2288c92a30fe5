/// The plan for a schedule's slots that are due, and its next slot.
///
/// It is decided from the schedule's values and Redis's time alone, without any I/O. Times are in milliseconds since
/// 1970.
package struct SlotPlan: Sendable, Hashable {
    package enum Decision: Sendable, Hashable {
        case fired
        case caughtUp
        /// All slots up to `until` are skipped; `count` is nil where there were too many to count.
        case skipped(until: Int, count: Int?, why: String)
    }

    package struct Slot: Sendable, Hashable {
        package let slot: Int
        package let decision: Decision

        package var isFired: Bool { decision == .fired || decision == .caughtUp }
    }

    /// The slots that are decided, in order.
    package let slots: [Slot]
    /// The next slot; nil when there is none.
    package let next: Int?

    /// The delay (ms) beyond which a slot was missed.
    package static let patience = 60_000
    /// The number of slots that are stepped through one by one.
    private static let longestWalk = 1000

    /// Plans the slots of a schedule at `now`, Redis's time.
    ///
    /// `slot` is the next slot as Redis has it; nil when it has to be worked out. `since` is the time from which on the
    /// cron has slots; a slot that had come before the cron was changed is earlier, and comes first. `lastSlot` is the
    /// last slot that was decided; no slot up to it comes again.
    package init(_ schedule: Schedule, slot: Int?, since: Int, lastSlot: Int?, now: Int) {
        let first = Self.first(schedule, slot: slot, since: since, lastSlot: lastSlot, now: now)
        // Slots up to this time are due.
        let limit = now - schedule.offsetMilliseconds
        guard let first, first <= limit else {
            slots = []
            next = first
            return
        }
        let keep =
            switch schedule.catchUp {
            case .all(let limit): limit
            case .latest, .skip: 1
            }
        let start = min(since, now)
        let search = SlotSearch(cron: schedule.cron, zone: schedule.zone, start: start)
        let passed = search.passed(from: first, to: limit, keep: keep, walk: Self.longestWalk)
        var kept = passed.latest
        var (missedUntil, missedCount) = (passed.earlierUntil, passed.earlierCount)
        if schedule.catchUp == .skip, let last = kept.last, limit - last > Self.patience {
            missedUntil = last
            missedCount = missedCount.map { $0 + 1 }
            kept = []
        }
        var slots: [Slot] = []
        if let missedUntil {
            let why = schedule.catchUp == .skip ? "missed" : "missed: later ones stand for it"
            slots.append(Slot(slot: first, decision: .skipped(until: missedUntil, count: missedCount, why: why)))
        }
        for (index, slot) in kept.enumerated() {
            let isInTime = index == kept.count - 1 && limit - slot <= Self.patience
            slots.append(Slot(slot: slot, decision: isInTime ? .fired : .caughtUp))
        }
        self.slots = slots
        next = schedule.cron.next(after: max(limit, start), in: schedule.zone)
    }

    /// The next slot, worked out where Redis has none: the first slot after the schedule was made or changed.
    package static func first(_ schedule: Schedule, slot: Int?, since: Int, lastSlot: Int?, now: Int) -> Int? {
        // Somebody may have written a number that is no time into the hash, and sums with it must not overflow.
        if let slot, (0...1 << 53).contains(slot) { return slot }
        // Redis's clock may have been set back since then.
        return schedule.cron.next(after: max(min(since, now), lastSlot ?? 0), in: schedule.zone)
    }
}

/// Finds slots in the past without stepping through all of them.
private struct SlotSearch {
    let cron: Cron
    let zone: Zone
    /// All slots but the first come after this time.
    let start: Int

    struct Passed {
        /// The latest slots, in order.
        var latest: [Int] = []
        /// The last of the slots before them; nil where there is none.
        var earlierUntil: Int?
        var earlierCount: Int?
    }

    /// The `keep` latest slots from the slot `first` up to `limit`.
    func passed(from first: Int, to limit: Int, keep: Int, walk: Int) -> Passed {
        var all: [Int] = []
        var slot: Int? = first
        while let current = slot, current <= limit, all.count < walk {
            all.append(current)
            slot = cron.next(after: max(current, start), in: zone)
        }
        guard let more = slot, more <= limit else {
            let earlier = all.dropLast(keep)
            return Passed(latest: all.suffix(keep), earlierUntil: earlier.last, earlierCount: earlier.count)
        }
        // There are too many slots, so they are found from the end, one by one.
        var latest: [Int] = []
        var end = limit
        while latest.count <= keep, let last = last(from: first, to: end) {
            latest.append(last)
            end = last - 1
        }
        return Passed(latest: latest.prefix(keep).reversed(), earlierUntil: latest.count > keep ? latest.last : nil)
    }

    /// The last slot up to `limit`, found by halving: a later instant never has an earlier next slot.
    private func last(from first: Int, to limit: Int) -> Int? {
        guard first <= limit else { return nil }
        var (low, high) = (max(first, start), limit)
        var best = first
        while low < high {
            let middle = low + (high - low) / 2
            if let slot = cron.next(after: middle, in: zone), slot <= limit {
                best = slot
                low = slot
            } else {
                high = middle
            }
        }
        return best
    }
}
