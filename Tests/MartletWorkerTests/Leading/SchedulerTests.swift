import Logging
import Martlet
import MartletTesting
import MartletWorker
import RedisClient
import Testing
import ProcessSupervision

@Suite(.serialized, .timeLimit(.minutes(15)))
struct SchedulerTests {
    /// What a leader logs that Redis lets fire nothing.
    private static let refused = "schedules not fired"

    /// Slots that follow one another without a gap, each with a job of its own in the queue that has run once.
    private func expectEverySlotOnce(_ bed: TestBed, _ name: String, atLeast count: Int) async throws {
        let slots = try await bed.fired(name)
        #expect(slots.count >= count)
        #expect(zip(slots, slots.dropFirst()).allSatisfy { $1 == $0 + 1 }, "\(name): \(slots)")
        let ledger = try await bed.ledger(name).filter { $0.kind == .fired || $0.kind == .caughtUp }
        for entry in ledger {
            let job = try #require(entry.job)
            try await eventually("\(job) is in its queue") { try await bed.inspector.job(job) != nil }
            let record = try await bed.finished(job)
            #expect((record.attempt, record.slot) == (1, entry.slot))
            #expect(record.enqueuedAt >= (try #require(record.slot)))
        }
    }

    @Test func `a declared schedule is fired slot by slot`() async throws {
        try await withTestBed { bed in
            let runs = Tally()
            let handlers = JobHandlers.note { note, _ in runs.add(note.text) }
            try await bed.working(handlers, schedules: try .notes("tick", "tock")) { worker in
                for name in ["tick", "tock"] {
                    try await bed.wait(for: 3, of: name)
                    try await expectEverySlotOnce(bed, name, atLeast: 3)
                }
                #expect(worker.diary.contains("leading"))
                #expect(try await bed.inspector.leader()?.worker == worker.id)
                #expect(runs.counts["tick"] ?? 0 >= 3)
            }
            #expect(try await bed.inspector.leader() == nil)
        }
    }

    @Test func `a worker that does not stand for leader declares and fires nothing`() async throws {
        try await withTestBed { bed in
            var configuration = WorkerConfiguration.quick
            configuration.standsForLeader = false
            try await bed.working(.note { _, _ in }, configuration, schedules: try .notes("tick")) { worker in
                try await eventually("it has declared") { try await bed.inspector.schedule("tick") != nil }
                #expect(try await bed.inspector.leader() == nil)
                try await bed.working(.note { _, _ in }) { leader in
                    try await bed.wait(for: 2, of: "tick")
                    #expect(try await bed.inspector.leader()?.worker == leader.id)
                }
                try await expectEverySlotOnce(bed, "tick", atLeast: 2)
            }
        }
    }

    @Test func `a leader that stops resigns, and the next one goes on without a gap`() async throws {
        try await withTestBed { bed in
            var configuration = WorkerConfiguration.quick
            configuration.leaderLease = .seconds(2)
            try await bed.working(.note { _, _ in }, configuration, schedules: try .notes("tick")) { _ in
                let first = try await bed.leader()
                try await bed.wait(for: 2, of: "tick")
                try await bed.working(.note { _, _ in }, configuration, schedules: try .notes("tick")) { second in
                    // On a busy machine there may be no leader at the moment, and then nobody resigns.
                    try await eventually("the second one leads", within: .seconds(60)) {
                        let leader = try await bed.inspector.leader()?.worker
                        if leader == first { try await bed.inspector.resignLeader(by: Operator("ada")) }
                        return leader == second.id
                    }
                    try await bed.wait(for: 6, of: "tick")
                }
                // It resigned at its end; the first one leads again.
                #expect(try await bed.leader(not: nil, within: .seconds(60)) == first)
                let count = try await bed.fired("tick").count
                try await bed.wait(for: count + 2, of: "tick")
                try await expectEverySlotOnce(bed, "tick", atLeast: 8)
            }
        }
    }

    /// The lease that is given up would go on for an hour.
    @Test func `a leader that resigns or is stopped hands over at once`() async throws {
        try await withTestBed { bed in
            var configuration = WorkerConfiguration.quick
            configuration.leaderLease = .seconds(3600)
            try await bed.working(.note { _, _ in }, configuration) { first in
                #expect(try await bed.leader() == first.id)
                try await bed.working(.note { _, _ in }, configuration) { second in
                    try await eventually("both are heard of") { try await bed.inspector.workers().count == 2 }
                    #expect(try await bed.inspector.resignLeader(by: Operator("ada")) == first.id)
                    #expect(try await bed.leader(not: first.id) == second.id)
                    try await second.stop()
                    #expect(try await bed.leader(not: second.id) == first.id)
                }
            }
        }
    }

    @Test func `a leader that another one has overtaken stops at once`() async throws {
        try await withTestBed { bed in
            var configuration = WorkerConfiguration.quick
            configuration.leaderLease = .seconds(10)
            try await bed.working(.note { _, _ in }, configuration, schedules: try .notes("tick")) { worker in
                try await bed.wait(for: 1, of: "tick")
                // As after a pause of the whole process that was longer than the lease.
                _ = try await bed.redis.send(RedisCommand("DEL", [RedisArgument(bed.keys.leader)]))
                let term = try await bed.elect("thief", lease: .seconds(60))
                try await eventually("it notices") { worker.diary.contains("lost the lead") }
                let refused = try await bed.ledger("tick").filter { $0.kind == .refused }
                for entry in refused { #expect((entry.why, entry.term) == ("old term", term - 1)) }
                let fired = try await bed.fired("tick")
                let job = try await bed.inspector.runSchedule("tick", by: Operator("ada"))
                try await bed.finished(job)
                #expect(try await bed.fired("tick") == fired)
                #expect(try await bed.inspector.resignLeader(by: Operator("ada")) == "thief")
                try await bed.leader()
                try await bed.wait(for: fired.count + 2, of: "tick")
                try await expectEverySlotOnce(bed, "tick", atLeast: 3)
            }
        }
    }

    @Test func `what was fired and not delivered when Redis died is delivered when it is back`() async throws {
        try await withTestBed(arguments: ["--appendonly", "yes", "--appendfsync", "always"]) { bed in
            let store = bed.working.store
            let schedule = try #require(try Schedules.notes("tick").all.first)
            #expect(try await store.declare([schedule], by: .test).words == ["new"])
            let term = try await bed.elect("ghost", lease: .seconds(1))
            try await eventually("a slot is due") {
                let due = try await store.due(limit: 500)
                let read = try await store.read(due.schedules.map(\.name))
                var hasFired = false
                for one in due.schedules {
                    let schedule = try #require(read[one.name]).schedule.get()
                    let plan = SlotPlan(
                        schedule,
                        slot: one.slot,
                        since: one.since,
                        lastSlot: one.lastSlot,
                        now: due.now
                    )
                    let jobs = try plan.slots.filter(\.isFired).map { try PendingJob(schedule, slot: $0.slot) }
                    let firing = Firing(one, .slots(plan, jobs: jobs, offset: 0))
                    hasFired = try await store.fire([firing], leader: "ghost", term: term) == .decided(["fired"])
                }
                return hasFired
            }
            bed.server.kill()
            try await bed.server.restart()
            let job = try #require(try await bed.ledger("tick").last?.job)
            #expect(try await bed.inspector.job(job) == nil)
            try await bed.working(.note { _, _ in }) { _ in
                try await eventually("it is delivered") { try await bed.inspector.job(job) != nil }
                try await bed.wait(for: 3, of: "tick")
                try await expectEverySlotOnce(bed, "tick", atLeast: 3)
            }
        }
    }

    @Test func `through a Redis that is killed, cut off and flushed each slot is fired once`() async throws {
        try await withTestBed(arguments: ["--appendonly", "yes", "--appendfsync", "always"]) { bed in
            try await bed.working(.note { _, _ in }, .places(20), schedules: try .notes("a", "b", "c")) { _ in
                for round in 1...3 {
                    try await bed.wait(for: round * 2, of: "a")
                    bed.server.kill()
                    try await bed.server.restart()
                    for _ in 1...20 {
                        _ = try await bed.redis.send(RedisCommand("SCRIPT", ["FLUSH"]))
                        _ = try await bed.redis.send(
                            RedisCommand("CLIENT", ["KILL", "TYPE", "normal", "SKIPME", "yes"])
                        )
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                try await bed.wait(for: 12, of: "a")
                for name in ["a", "b", "c"] { try await expectEverySlotOnce(bed, name, atLeast: 10) }
            }
        }
    }

    @Test func `a full Redis fires nothing, and then what the rule says`() async throws {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in }, schedules: try .notes("tick")) { worker in
                try await bed.wait(for: 1, of: "tick")
                _ = try await bed.redis.send(RedisCommand("CONFIG", ["SET", "maxmemory", "1"]))
                try await eventually("it is refused") { worker.diary.contains(Self.refused) }
                let (before, refusals) = (try await bed.fired("tick").count, worker.diary.count(of: Self.refused))
                try await eventually("it is refused for slots to come") {
                    worker.diary.count(of: Self.refused) > refusals + 2
                }
                #expect(try await bed.fired("tick").count == before)
                _ = try await bed.redis.send(RedisCommand("CONFIG", ["SET", "maxmemory", "0"]))
                try await bed.wait(for: before + 4, of: "tick")
                try await expectEverySlotOnce(bed, "tick", atLeast: 5)
            }
        }
    }

    @Test func `a pause and an edit outlive restarts with the old declaration`() async throws {
        try await withTestBed { bed in
            let schedules = try Schedules.notes("paused", "edited")
            try await bed.working(.note { _, _ in }, schedules: schedules) { _ in
                try await bed.wait(for: 1, of: "paused")
                try await bed.inspector.pauseSchedule("paused", by: Operator("ada"))
                try await bed.inspector.setSchedule("edited", ScheduleEdit(cron: "0 0 1 1 *"), by: Operator("ada"))
            }
            let (paused, edited) = (try await bed.fired("paused"), try await bed.fired("edited"))
            try await bed.working(.note { _, _ in }, schedules: schedules) { worker in
                try await eventually("it has declared") { worker.diary.contains("2 unchanged") }
                try await bed.leader()
                let manual = try await bed.inspector.runSchedule("paused", by: Operator("ada"))
                try await bed.finished(manual)
                #expect(try await bed.inspector.schedule("paused")?.pausedAt != nil)
                #expect(try await bed.inspector.schedule("edited")?.edited == [.cron])
                #expect(try await bed.fired("paused") == paused)
                #expect(try await bed.fired("edited") == edited)
                let resumed = try #require(try await bed.inspector.resumeSchedule("paused", by: Operator("ada")))
                try await bed.finished(resumed)
                try await bed.wait(for: paused.count + 1, of: "paused")
                let story = try await bed.ledger("paused").dropFirst(paused.count)
                #expect(story.prefix(2).map(\.kind) == [.manual, .resumed])
                #expect(story.prefix(2).map(\.job) == [manual, resumed])
            }
        }
    }

    @Test func `a schedule that the leader can't read is left alone, holds up no other and goes on when it can`()
        async throws
    {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in }, schedules: try .notes("good", "bad")) { worker in
                try await bed.wait(for: 1, of: "good")
                let key = RedisArgument(bed.keys.schedule("bad"))
                _ = try await bed.redis.send(RedisCommand("HSET", [key, "cron", "whenever"]))
                _ = try await bed.redis.send(RedisCommand("HINCRBY", [key, "revision", 1]))
                try await eventually("it is told") { worker.diary.contains("schedule left alone") }
                let (good, bad) = (try await bed.fired("good").count, try await bed.fired("bad").count)
                try await bed.wait(for: good + 2, of: "good")
                let record = try #require(try await bed.inspector.schedule("bad"))
                #expect(record.disabledAt == nil)
                #expect(record.problem?.contains("whenever") == true)
                #expect(try await bed.fired("bad").count == bad)
                try await bed.inspector.setSchedule("bad", ScheduleEdit(cron: "* * * * * *"), by: Operator("ada"))
                try await bed.wait(for: bad + 3, of: "bad")
                let slots = try await bed.fired("bad")
                #expect(zip(slots, slots.dropFirst()).allSatisfy { $0 < $1 })
            }
        }
    }

    @Test func `when Redis's clock is stepped by hours under a leader, no slot is fired twice`() async throws {
        try await withClockedBed { bed, clock in
            let schedules = try Schedules.notes("tick", cron: "*/30 * * * *")
            let worker = try Worker(bed.working, handlers: .note { _, _ in }, schedules: schedules)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await worker.run() }
                try await eventually("it is planned") {
                    try await bed.redis.send(
                        RedisCommand("HGET", [RedisArgument(bed.keys.schedule("tick")), "slot"])
                    ).int != nil
                }
                try await clock.advance(by: .seconds(4 * 3600))
                try await bed.wait(for: 8, of: "tick")
                try await clock.advance(by: .seconds(-4 * 3600))
                // Nothing for four hours.
                try await clock.advance(by: .seconds(3 * 3600))
                try await Task.sleep(for: .seconds(2))
                #expect(try await bed.fired("tick").count == 8)
                try await clock.advance(by: .seconds(2 * 3600))
                try await bed.wait(for: 10, of: "tick")
                let slots = try await bed.fired("tick")
                #expect(zip(slots, slots.dropFirst()).allSatisfy { $1 == $0 + 1800 })
                tasks.cancelAll()
                try await tasks.waitForAll()
            }
        }
    }
}
