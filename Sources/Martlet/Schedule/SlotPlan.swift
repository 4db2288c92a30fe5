/// What becomes of a schedule's slots that are due, and which slot is next: decided from its values and Redis's time
/// alone, without any I/O.
package struct SlotPlan: Sendable, Hashable {
    package enum Decision: Sendable, Hashable {
        case fired
        case caughtUp
        /// All slots up to `until`; `count` where it was worth counting.
        case skipped(until: Int, count: Int?, why: String)
    }

    package struct Slot: Sendable, Hashable {
        package let slot: Int
        package let decision: Decision

        package var isFired: Bool { decision == .fired || decision == .caughtUp }
    }

    /// In order.
    package let slots: [Slot]
    /// The slot to come; nil when there is none.
    package let next: Int?

    /// A slot that is later than this is one that nobody fired in its time.
    package static let patience = 60_000
    /// How many slots are stepped through one by one.
    private static let longestWalk = 1000

    /// - Parameters:
    ///   - slot: the next one as Redis has it; nil when it is to be worked out.
    ///   - since: from when on its cron has slots. A slot that had come when the cron was changed is earlier, and
    ///     comes first.
    ///   - lastSlot: the last one that was decided; none up to it comes again.
    ///   - now: Redis's time.
    package init(_ schedule: Schedule, slot: Int?, since: Int, lastSlot: Int?, now: Int) {
        let first = Self.first(schedule, slot: slot, since: since, lastSlot: lastSlot, now: now)
        // Slots up to here are due.
        let limit = now - schedule.offset
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

    /// The next slot, worked out where Redis has none: the first after the schedule was made or changed.
    package static func first(_ schedule: Schedule, slot: Int?, since: Int, lastSlot: Int?, now: Int) -> Int? {
        // Somebody may have written what is no time into the hash, and sums with it must not overflow.
        if let slot, (0...1 << 53).contains(slot) { return slot }
        // Redis's clock may have been set back since.
        return schedule.cron.next(after: max(min(since, now), lastSlot ?? 0), in: schedule.zone)
    }
}

/// Finds slots in the past without stepping through all of them.
private struct SlotSearch {
    let cron: Cron
    let zone: Zone
    /// But for the first one, slots come after this.
    let start: Int

    struct Passed {
        /// The latest ones, in order.
        var latest: [Int] = []
        /// The last of those before them, and how many there are; nil where there are none or too many to count.
        var earlierUntil: Int?
        var earlierCount: Int?
    }

    /// The slots from `first`, which is one, up to `limit`: the `keep` latest.
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
        // Too many: from the end, one by one.
        var latest: [Int] = []
        var end = limit
        while latest.count <= keep, let last = last(from: first, to: end) {
            latest.append(last)
            end = last - 1
        }
        return Passed(latest: latest.prefix(keep).reversed(), earlierUntil: latest.count > keep ? latest.last : nil)
    }

    /// The last slot up to `limit`, by halving: the next one after an instant never comes earlier for a later instant.
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
