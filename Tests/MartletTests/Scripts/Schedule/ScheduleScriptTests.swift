import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// The changes that operators make to schedules.
    @Suite struct ScheduleScriptTests {
        @Test func `an operator makes a schedule and changes what it says`() async throws {
            try await withSchedules { bed in
                let edit = ScheduleEdit(
                    cron: "0 13 * * *",
                    type: "greet",
                    options: JobOptions(queue: "mail", priority: 2)
                )
                #expect(try await bed.inspector.setSchedule("tick", edit, by: Operator("ada")) == .created)
                #expect(try await bed.inspector.setSchedule("tick", edit, by: Operator("ada")) == .unchanged)
                let later = ScheduleEdit(cron: "30 12 * * *", options: JobOptions(maxRetries: 1, object: "disk/1"))
                #expect(try await bed.inspector.setSchedule("tick", later, by: Operator("ada")) == .changed)
                let record = try #require(try await bed.inspector.schedule("tick"))
                let schedule = try #require(record.schedule)
                #expect((schedule.queue, schedule.cron.text, schedule.payload) == ("mail", "30 12 * * *", "{}"))
                #expect((schedule.options.priority, schedule.options.maxRetries) == (2, 1))
                #expect(schedule.options.object == "disk/1")
                #expect((record.isDeclared, record.edited, record.createdAt) == (false, [], TestSchedules.time(0)))
                try await bed.work()
                try await bed.clock.advance(by: .seconds(1800))
                try await bed.work()
                #expect(try await bed.queue.hash(bed.queue.id("tick.20261123T123000Z"))["object"] == "disk/1")
                try await bed.inspector.setSchedule(
                    "tick",
                    ScheduleEdit(options: JobOptions(object: "")),
                    by: Operator("ada")
                )
                #expect(try await bed.inspector.schedule("tick")?.schedule?.options.object == nil)
            }
        }

        @Test func `what is not acceptable changes nothing and is told with field and value`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make())
                for (name, edit, expected) in [
                    ("tick", ScheduleEdit(cron: "99 * * * *"), "cron minute: \"99\" at position 1"),
                    ("tick", ScheduleEdit(zone: "Nowhere"), "time zone: \"Nowhere\""),
                    ("tick", ScheduleEdit(payload: "{"), "payload: \"{\""),
                    ("tick", ScheduleEdit(options: JobOptions(priority: 101)), "priority: \"101\""),
                    ("a b", ScheduleEdit(cron: "@daily", type: "t"), "schedule: \"a b\""),
                    ("new", ScheduleEdit(cron: "@daily"), "give its job type"),
                    ("new", ScheduleEdit(type: "t"), "give its cron"),
                ] {
                    try await bed.queue.expectUnchanged {
                        let error = await #expect(throws: JobError.self) {
                            try await bed.inspector.setSchedule(name, edit, by: Operator("ada"))
                        }
                        #expect(error?.code == .invalid)
                        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
                    }
                }
            }
        }

        @Test func `of two who change one at once neither's change is lost`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make("tick", "@daily"))
                let old = try #require(try await bed.inspector.schedule("tick"))
                try await bed.inspector.setSchedule("tick", ScheduleEdit(zone: "Europe/Berlin"), by: Operator("ada"))
                #expect(try await bed.operating.set(try bed.make(), revision: old.revision) == .changed)
                #expect(try await bed.operating.set(try bed.make(), revision: nil) == .changed)
                async let one = bed.inspector.setSchedule("tick", ScheduleEdit(splay: .seconds(5)), by: Operator("ada"))
                async let other = bed.inspector.setSchedule("tick", ScheduleEdit(overlap: .skip), by: Operator("ada"))
                _ = try await (one, other)
                let schedule = try #require(try await bed.inspector.schedule("tick")?.schedule)
                #expect((schedule.splay, schedule.overlap) == (.seconds(5), .skip))
                #expect(schedule.zone.identifier == "Europe/Berlin")
            }
        }

        @Test func `a paused schedule fires nothing, and resumed it fires at once and goes on by its cron`()
            async throws
        {
            try await withSchedules { bed in
                try await bed.set(try bed.make())
                try await bed.work()
                #expect(try await bed.inspector.pauseSchedule("tick", by: Operator("ada")))
                try await bed.queue.expectUnchanged(.already) {
                    try await bed.operating.pause(schedule: "tick")
                }
                try await bed.clock.advance(by: .seconds(5))
                try await bed.work()
                #expect(try await bed.jobs().isEmpty)
                let job = try #require(try await bed.inspector.resumeSchedule("tick", by: Operator("ada")))
                #expect(try await bed.jobs() == [job.local])
                #expect(try await bed.inspector.resumeSchedule("tick", by: Operator("ada")) == nil)
                try await bed.work()
                try await bed.clock.advance(by: .seconds(1))
                try await bed.work()
                #expect(try await bed.story() == ["resumed", "fired 6"])
                #expect(try await bed.ledger().first?.job == job)
            }
        }

        @Test func `a manual run works while paused and does not move the next slot`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make("tick", "0 13 * * *", overlap: .skip))
                try await bed.work()
                let slot = try await bed.fields()["slot"]
                let first = try await bed.inspector.runSchedule("tick", by: Operator("ada"))
                #expect(try await bed.fields()["slot"] == slot)
                try await bed.inspector.pauseSchedule("tick", by: Operator("ada"))
                let second = try await bed.inspector.runSchedule("tick", by: Operator("ada"))
                #expect(try await Set(bed.jobs()) == [first.local, second.local])
                #expect(try await bed.story() == ["manual", "manual"])
                #expect(try await bed.inspector.schedule("tick")?.pausedAt != nil)
                #expect(try await bed.inspector.schedule("tick")?.lastJob == second)
                #expect(try await bed.queue.hash(first)["slot"] == nil)
            }
        }

        @Test func `a run that is sent twice runs once`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make(overlap: .skip))
                let record = try #require(try await bed.inspector.schedule("tick"))
                let job = try PendingJob(try #require(record.schedule), "run")
                #expect(try await bed.store.run(record, job) == nil)
                try await bed.queue.expectUnchanged(.already) {
                    try await bed.store.run(record, job)
                }
                try await bed.inspector.pauseSchedule("tick", by: Operator("ada"))
                let paused = try #require(try await bed.inspector.schedule("tick"))
                let resumed = try PendingJob(try #require(record.schedule), "resumed")
                #expect(try await bed.operating.resume(record, resumed) == .changed)
                #expect(try await bed.operating.resume(paused, resumed) == nil)
                try await bed.queue.expectUnchanged(.already) {
                    try await bed.operating.resume(paused, resumed)
                }
                try await bed.deliver()
                #expect(try await bed.jobs().count == 2)
            }
        }

        @Test func `a schedule that was disabled can be resumed by hand`() async throws {
            try await withSchedules { bed in
                _ = try await bed.working.declare([try bed.make()], by: .test)
                let term = try await bed.lead()
                _ = try await bed.working.undeclare(["tick": TestSchedules.noon], leader: "ada", term: term)
                let ran = try await bed.inspector.runSchedule("tick", by: Operator("ada"))
                #expect(try await bed.inspector.resumeSchedule("tick", by: Operator("ada")) != nil)
                #expect(try await bed.jobs().contains(ran.local))
                #expect(try await bed.inspector.schedule("tick")?.disabledAt == nil)
                #expect(try await bed.working.undeclared(before: Int.max / 2) == [:])
            }
        }

        @Test func `whatever gives the leader something to do rings for it, with one token`() async throws {
            try await withSchedules { bed in
                func rings() async throws -> Int {
                    let news = bed.store.keys.news
                    let count = try #require(try await bed.queue.send("LLEN", news).int)
                    _ = try await bed.queue.send("DEL", news)
                    return count
                }
                _ = try await rings()
                try await bed.set(try bed.make("set"))
                #expect(try await rings() == 1)
                let declared = try bed.make("declared")
                #expect(
                    try await bed.working.declare([declared, try bed.make("other")], by: .test).words == ["new", "new"]
                )
                #expect(try await rings() == 1)
                #expect(try await bed.working.declare([declared], by: .test).words == ["unchanged"])
                #expect(try await rings() == 0)
                try await bed.inspector.runSchedule("set", by: Operator("ada"))
                #expect(try await rings() == 1)
                try await bed.inspector.pauseSchedule("set", by: Operator("ada"))
                #expect(try await rings() == 0)
                try await bed.inspector.resumeSchedule("set", by: Operator("ada"))
                #expect(try await rings() == 1)
                // At its slot the leader finds that the schedule no longer exists.
                try await bed.inspector.removeSchedule("set", by: Operator("ada"))
                #expect(try await rings() == 0)
            }
        }

        @Test func `removed is removed, and what is not there can't be run`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make())
                let job = try await bed.inspector.runSchedule("tick", by: Operator("ada"))
                #expect(try await bed.inspector.removeSchedule("tick", by: Operator("ada")))
                #expect(try await bed.inspector.removeSchedule("tick", by: Operator("ada")) == false)
                #expect(try await bed.inspector.schedule("tick") == nil)
                #expect(try await bed.inspector.scheduleCount() == 0)
                #expect(try await bed.queue.hash(job)["state"] == "waiting")
                let run = await #expect(throws: JobError.self) {
                    try await bed.inspector.runSchedule("tick", by: Operator("ada"))
                }
                #expect(run?.code == .notFound)
                let resumed = await #expect(throws: JobError.self) {
                    try await bed.inspector.resumeSchedule("tick", by: Operator("ada"))
                }
                #expect(resumed?.code == .notFound)
                let error = await #expect(throws: JobError.self) {
                    try await bed.inspector.pauseSchedule("tick", by: Operator("ada"))
                }
                #expect(error?.code == .notFound)
            }
        }

        @Test func `pages of schedules follow the names`() async throws {
            try await withSchedules { bed in
                for number in [3, 1, 4, 0, 2] { try await bed.set(try bed.make("s\(number)", "@daily")) }
                #expect(try await bed.inspector.schedules(limit: 3).map(\.name) == ["s0", "s1", "s2"])
                #expect(try await bed.inspector.schedules(offset: 3).map(\.name) == ["s3", "s4"])
                #expect(try await bed.inspector.schedules(offset: .max, limit: .max).isEmpty)
                #expect(try await bed.inspector.schedules().allSatisfy { $0.nextSlot != nil })
            }
        }

        @Test func `jobs of a schedule leave its list when they are pruned`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make(catchUp: .all()))
                try await bed.work()
                try await bed.clock.advance(by: .seconds(5))
                try await bed.work()
                #expect(try await bed.jobs().count == 5)
                try await bed.finishAll()
                #expect(try await bed.queue.prune(maxJobs: 2) == 3)
                #expect(try await bed.jobs() == ["tick.20261123T120004Z", "tick.20261123T120005Z"])
            }
        }
    }
}
