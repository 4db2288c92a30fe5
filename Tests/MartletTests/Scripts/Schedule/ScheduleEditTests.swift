import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// The effect of a change of a schedule on what a leader has read, and on slots that have come.
    @Suite struct ScheduleEditTests {
        @Test(arguments: ["set", "declared", "lost"])
        func `one that is made again is never taken for the one before`(way: String) async throws {
            try await withSchedules { bed in
                let (before, after) = (try bed.make("tick", "*/4 * * * * *"), try bed.make("tick", "*/3 * * * * *"))
                try await bed.set(before)
                let term = try await bed.lead()
                let firings = try await bed.plan()
                let record = try #require(try await bed.inspector.schedule("tick"))
                if way == "lost" {
                    for key in try await bed.queue.send("KEYS", bed.store.keys.scheduler + ":*").array ?? [] {
                        if key.string != bed.store.keys.leader { _ = try await bed.queue.send("DEL", key.string ?? "") }
                    }
                    try await bed.clock.advance(by: .milliseconds(1))
                } else {
                    #expect(try await bed.inspector.removeSchedule("tick", by: Operator("ada")))
                }
                if way == "declared" {
                    #expect(try await bed.working.declare([after], by: .test).words == ["new"])
                } else {
                    try await bed.set(after)
                }
                #expect(try await bed.fire(firings, term: term) == .decided(["changed"]))
                let job = try PendingJob(before, "run")
                #expect(try await bed.operating.run(record, job) == .changed)
                #expect(try await bed.operating.resume(record, job) == .changed)
                try await bed.work()
                try await bed.clock.advance(by: .seconds(3))
                try await bed.work()
                #expect(try await bed.story() == ["fired 3"])
            }
        }

        @Test(arguments: ["splay", "cron", "zone"], [true, false])
        func `an edit never swallows a slot that has come`(field: String, isDeclared: Bool) async throws {
            try await withSchedules { bed in
                let before = try bed.make("tick", "0 13 * * *")
                let after =
                    switch field {
                    case "splay": try bed.make("tick", "0 13 * * *", splay: .seconds(17))
                    case "cron": try bed.make("tick", "0 14 * * *")
                    default: try bed.make("tick", "0 13 * * *", zone: "Europe/Berlin")
                    }
                if isDeclared {
                    _ = try await bed.working.declare([before], by: .test)
                } else {
                    try await bed.set(before)
                }
                try await bed.work()
                // No worker leads when the slot comes.
                try await bed.clock.advance(by: .seconds(3600 + 300))
                if isDeclared {
                    #expect(try await bed.working.declare([after], by: .test).words == ["changed"])
                } else {
                    let revision = try await bed.fields()["revision"]
                    #expect(try await bed.operating.set(after, revision: revision) == nil)
                }
                try await bed.work()
                #expect(try await bed.story() == ["caught up 3600"])
                let next = ["splay": 25, "cron": 2, "zone": 24][field] ?? 0
                #expect(try await bed.fields()["slot"] == "\(TestSchedules.noon + next * 3_600_000)")
            }
        }

        @Test func `with the rule all, a new cron has no slots before it was given`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make("tick", "0 13 * * *", catchUp: .all()))
                try await bed.work()
                try await bed.clock.advance(by: .seconds(3600 + 300))
                try await bed.inspector.setSchedule("tick", ScheduleEdit(cron: "* * * * *"), by: Operator("ada"))
                try await bed.clock.advance(by: .seconds(120))
                try await bed.work()
                #expect(try await bed.story() == ["caught up 3600", "caught up 3960", "fired 4020"])
            }
        }

        @Test(arguments: ["pause", "undeclare"])
        func `a slot that has come when a schedule is stopped is noted`(way: String) async throws {
            try await withSchedules { bed in
                _ = try await bed.working.declare([try bed.make("tick", "0 13 * * *")], by: .test)
                try await bed.work()
                try await bed.clock.advance(by: .seconds(3600 + 300))
                if way == "pause" {
                    try await bed.inspector.pauseSchedule("tick", by: Operator("ada"))
                } else {
                    let term = try await bed.lead()
                    let silent = try await bed.working.undeclared(before: .max / 2)
                    #expect(try await bed.working.undeclare(silent, leader: "ada", term: term) == ["tick"])
                }
                #expect(try await bed.story() == ["skipped 3600"])
                #expect(try await bed.fields()["last_slot"] == "\(TestSchedules.noon + 3_600_000)")
            }
        }

        /// Leaves the schedule as a leader does when Redis's clock was two hours ahead and was set back.
        @Test func `a resume lets a schedule go on whose decided slots are yet to come, and an edit does not`()
            async throws
        {
            try await withSchedules { bed in
                try await bed.set(try bed.make("tick", "0 * * * *"))
                try await bed.clock.advance(by: .seconds(2 * 3600))
                try await bed.work()
                try await bed.clock.advance(by: .seconds(60 - 2 * 3600))
                try await bed.inspector.setSchedule("tick", ScheduleEdit(payload: #"{"v":2}"#), by: Operator("ada"))
                #expect(try await bed.inspector.schedule("tick")?.nextSlot != nil)
                let late = try #require(Int(try await bed.fields()["slot"] ?? ""))
                #expect(late == TestSchedules.noon + 3 * 3_600_000)
                try await bed.inspector.setSchedule("tick", ScheduleEdit(cron: "30 * * * *"), by: Operator("ada"))
                try await bed.work()
                #expect(try await bed.fields()["slot"] == "\(TestSchedules.noon + 9_000_000)")
                try await bed.inspector.pauseSchedule("tick", by: Operator("ada"))
                try await bed.inspector.resumeSchedule("tick", by: Operator("ada"))
                try await bed.work()
                #expect(try await bed.fields()["slot"] == "\(TestSchedules.noon + 1_800_000)")
                #expect(try await bed.story().contains("rewound 7200"))
            }
        }
    }
}
