import Martlet
import Testing

@Suite struct SlotPlanTests {
    private static let noon = TestSchedules.noon

    private func schedule(
        _ cron: String = "* * * * * *",
        _ catchUp: CatchUp = .latest,
        splay: Duration = .zero
    ) throws -> Schedule {
        try Schedule("tick", cron: cron, type: "greet", splay: splay, catchUp: catchUp)
    }

    /// The decisions as `fired 5`, in seconds after noon.
    private func words(_ plan: SlotPlan) -> [String] {
        plan.slots.map { slot in
            let at = (slot.slot - Self.noon) / 1000
            switch slot.decision {
            case .fired: return "fired \(at)"
            case .caughtUp: return "caught up \(at)"
            case .skipped(let until, let count, _):
                return "skipped \(at)-\((until - Self.noon) / 1000) \(count.map { "(\($0))" } ?? "")"
            }
        }
    }

    @Test(arguments: [Int.min, -1, .max])
    func `a slot that is no time, as somebody wrote it by hand, is worked out anew`(slot: Int) throws {
        for catchUp in [CatchUp.latest, .skip, .all(limit: 3)] {
            let last = Self.noon - 5000
            let plan = SlotPlan(
                try schedule("* * * * * *", catchUp),
                slot: slot,
                since: 0,
                lastSlot: last,
                now: Self.noon
            )
            let right = SlotPlan(
                try schedule("* * * * * *", catchUp),
                slot: nil,
                since: 0,
                lastSlot: last,
                now: Self.noon
            )
            #expect(plan == right)
        }
    }

    @Test func `a slot in time is fired, and the next one follows`() throws {
        let plan = SlotPlan(try schedule(), slot: Self.noon, since: 0, lastSlot: nil, now: Self.noon + 999)
        #expect(words(plan) == ["fired 0"])
        #expect(plan.next == Self.noon + 1000)
    }

    @Test func `a slot that is not due yet stays the next`() throws {
        let plan = SlotPlan(try schedule(), slot: Self.noon, since: 0, lastSlot: nil, now: Self.noon - 1)
        #expect(plan.slots.isEmpty)
        #expect(plan.next == Self.noon)
    }

    @Test func `without a slot the first one after the change counts, and none up to the last`() throws {
        let daily = try schedule("0 13 * * *")
        let hour = 3_600_000
        let plan = SlotPlan(daily, slot: nil, since: Self.noon, lastSlot: nil, now: Self.noon + 5)
        #expect(plan.slots.isEmpty)
        #expect(plan.next == Self.noon + hour)
        let late = SlotPlan(daily, slot: nil, since: Self.noon, lastSlot: nil, now: Self.noon + 2 * hour)
        #expect(words(late) == ["caught up 3600"])
        let decided = SlotPlan(daily, slot: nil, since: Self.noon, lastSlot: Self.noon + hour, now: Self.noon)
        #expect(decided.next == Self.noon + 25 * hour)
        // The schedule was made by a clock that ran ahead and was put right since.
        let ahead = SlotPlan(daily, slot: nil, since: Self.noon + 48 * hour, lastSlot: nil, now: Self.noon)
        #expect(ahead.next == Self.noon + hour)
    }

    @Test(arguments: [
        (CatchUp.latest, 5000, ["skipped 0-4 (5)", "fired 5"]),
        (.skip, 5000, ["skipped 0-4 (5)", "fired 5"]),
        (.all(limit: 3), 5000, ["skipped 0-2 (3)", "caught up 3", "caught up 4", "fired 5"]),
        (.all(limit: 6), 2000, ["caught up 0", "caught up 1", "fired 2"]),
    ])
    func `missed slots are caught up with by the rule`(rule: CatchUp, late: Int, expected: [String]) throws {
        let plan = SlotPlan(
            try schedule("* * * * * *", rule),
            slot: Self.noon,
            since: 0,
            lastSlot: nil,
            now: Self.noon + late
        )
        #expect(words(plan) == expected)
        #expect(plan.next == Self.noon + late + 1000)
    }

    @Test func `of one that is missed by more than a minute skip fires nothing, and latest does`() throws {
        let now = Self.noon + 60_001
        let skip = SlotPlan(try schedule("0 12 * * *", .skip), slot: Self.noon, since: 0, lastSlot: nil, now: now)
        #expect(words(skip) == ["skipped 0-0 (1)"])
        let latest = SlotPlan(try schedule("0 12 * * *"), slot: Self.noon, since: 0, lastSlot: nil, now: now)
        #expect(words(latest) == ["caught up 0"])
        let inTime = SlotPlan(try schedule("0 12 * * *", .skip), slot: Self.noon, since: 0, lastSlot: nil, now: now - 1)
        #expect(words(inTime) == ["fired 0"])
    }

    @Test(arguments: [CatchUp.latest, .skip, .all(limit: 100)])
    func `a year of missed seconds takes no longer than a few`(rule: CatchUp) throws {
        let year = 31_536_000
        let schedule = try schedule("* * * * * *", rule)
        var plan: SlotPlan?
        let time = ContinuousClock().measure {
            plan = SlotPlan(schedule, slot: Self.noon, since: 0, lastSlot: nil, now: Self.noon + year * 1000)
        }
        let words = words(try #require(plan))
        #expect(words.last == "fired \(year)")
        switch rule {
        case .latest, .skip: #expect(words == ["skipped 0-\(year - 1) ", "fired \(year)"])
        case .all: #expect(words.prefix(2) == ["skipped 0-\(year - 100) ", "caught up \(year - 99)"])
        }
        #expect(words.count == (rule == .all(limit: 100) ? 101 : 2))
        #expect(time < .seconds(60))
    }

    @Test func `a splay shifts when slots are due`() throws {
        let schedule = try schedule("* * * * *", splay: .seconds(50))
        let due = Self.noon + schedule.offsetMilliseconds
        #expect(SlotPlan(schedule, slot: Self.noon, since: 0, lastSlot: nil, now: due - 1).slots.isEmpty)
        #expect(words(SlotPlan(schedule, slot: Self.noon, since: 0, lastSlot: nil, now: due)) == ["fired 0"])
    }

    @Test func `offsets are stable, below the splay and spread`() throws {
        let offsets = try (0..<1000).map {
            try Schedule("job-\($0)", cron: "* * * * *", type: "t", splay: .seconds(60)).offsetMilliseconds
        }
        #expect(offsets.allSatisfy { (0..<60_000).contains($0) })
        #expect(Set(offsets.map { $0 / 1000 }).count == 60)
        #expect(
            try Schedule("job-7", cron: "0 0 * * *", type: "u", splay: .seconds(60)).offsetMilliseconds == offsets[7]
        )
        #expect(try Schedule("job-7", cron: "* * * * *", type: "t").offsetMilliseconds == 0)
    }
}
