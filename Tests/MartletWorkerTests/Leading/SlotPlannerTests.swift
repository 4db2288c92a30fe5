import Martlet
import MartletTesting
import RedisClient
import Testing

@testable import MartletWorker

@Suite(.serialized, .timeLimit(.minutes(15)))
struct SlotPlannerTests {
    /// Plans what is due, fires it and delivers it, and gives the word for the schedule.
    private func work(_ bed: TestBed, _ planner: inout SlotPlanner, term: Int) async throws -> String {
        let store = bed.working.store
        while true {
            let work = try await store.due(limit: 500)
            let firings = try await planner.plan(work, pending: try await Delivery(store).run().jobs)
            guard !firings.isEmpty else {
                try await Task.sleep(for: min(work.next ?? .seconds(1), .seconds(1)))
                continue
            }
            guard case .decided(let words) = try await store.fire(firings, leader: "ghost", term: term) else {
                throw Mishap("deposed")
            }
            _ = try await Delivery(store).run()
            if let word = words.first, word != "planned" { return word }
        }
    }

    @Test func `a schedule that does not overlap waits for jobs of it that somebody restarted`() async throws {
        try await withTestBed { bed in
            let schedules = try Schedules.notes("tick", overlap: .skip)
            _ = try await bed.working.store.declare(schedules.all, by: .test)
            let term = try await bed.elect("ghost", lease: .seconds(600))
            var planner = SlotPlanner(store: bed.working.store)
            var jobs: [JobID] = []
            for _ in 1...3 {
                #expect(try await work(bed, &planner, term: term) == "fired")
                let job = try #require(try await bed.inspector.schedule("tick")?.lastJob)
                _ = try await bed.inspector.cancel(job, by: Operator("ada"))
                jobs.append(job)
            }
            for job in jobs { _ = try await bed.inspector.restart(job, by: Operator("ada")) }
            #expect(try await work(bed, &planner, term: term) == "skipped")
            for job in jobs.dropFirst() { _ = try await bed.inspector.cancel(job, by: Operator("ada")) }
            #expect(try await work(bed, &planner, term: term) == "skipped")
            #expect(try await bed.ledger("tick").last?.why == "\(jobs[0]) has not finished")
            _ = try await bed.inspector.cancel(jobs[0], by: Operator("ada"))
            #expect(try await work(bed, &planner, term: term) == "fired")
        }
    }

    @Test func `a schedule that does not overlap waits for a job that no queue has yet`() async throws {
        try await withTestBed { bed in
            _ = try await bed.working.store.declare(try Schedules.notes("tick", overlap: .skip).all, by: .test)
            let term = try await bed.elect("ghost", lease: .seconds(600))
            var planner = SlotPlanner(store: bed.working.store)
            let meta = RedisArgument(bed.keys.meta("default"))
            _ = try await bed.redis.send(RedisCommand("SET", [meta, "no hash"]))
            #expect(try await work(bed, &planner, term: term) == "fired")
            // Behind the jobs of others, which the queue does not take either.
            let entry = try #require(
                try await bed.redis.send(RedisCommand("LINDEX", [RedisArgument(bed.keys.pending), 0])).string
            )
            let sequence = try #require(entry.firstMatch(of: /"sequence":(\d+)/).flatMap { Int($0.output.1) })
            for number in 1...250 {
                let other = entry.replacing("tick.", with: "other\(number).")
                    .replacing("\(sequence)", with: "\(sequence - number)")
                _ = try await bed.redis.send(
                    RedisCommand("LPUSH", [RedisArgument(bed.keys.pending), RedisArgument(other)])
                )
            }
            #expect(try await Delivery(bed.working.store).run().jobs.count == 251)
            #expect(try await work(bed, &planner, term: term) == "held")
            _ = try await bed.redis.send(RedisCommand("DEL", [meta]))
            #expect(try await work(bed, &planner, term: term) == "skipped")
            #expect(try await bed.fired("tick").count == 1)
        }
    }

    @Test func `a queue that takes nothing holds up its own schedules, and no others`() async throws {
        try await withTestBed { bed in
            let store = bed.working.store
            let bad = try Schedule("bad", cron: "* * * * * *", type: "t", options: JobOptions(queue: "bad"))
            let good = try Schedule("good", cron: "* * * * * *", type: "t", options: JobOptions(queue: "good"))
            _ = try await store.declare([bad, good], by: .test)
            var planner = SlotPlanner(store: store)
            for (count, isHeld) in [(99, false), (100, true)] {
                let pending = Set(try (0..<count).map { try JobID(queue: "bad", local: "j\($0)") })
                let firings = try await planner.plan(try await store.due(limit: 500), pending: pending)
                #expect(firings.count == 2)
                for firing in firings {
                    let isHold = if case .hold = firing.decision { true } else { false }
                    #expect(isHold == (isHeld && firing.due.name == "bad"))
                }
            }
        }
    }
}
