import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// Redis breaks a script of the schedules off between two of its writes.
    @Suite struct BrokenOffScheduleTests {
        @Test(arguments: ScheduleTransition.all, [1, 5])
        func `a call that was broken off is completed by the next one, however often it was`(
            transition: ScheduleTransition,
            times: Int
        ) async throws {
            try await transition.breakOff(times: times) { bed, call, whole, comment in
                try await call(bed.store, times)
                let state = try await transition.state(bed)
                #expect(state == whole, comment)
                try await expectConsistent(bed.queue, comment)
            }
        }

        @Test(arguments: ScheduleTransition.all.filter(\.healsByLeader))
        func `what a leader was at when it was broken off is done by the next one`(
            transition: ScheduleTransition
        ) async throws {
            try await transition.breakOff { bed, _, whole, comment in
                let state = try await transition.state(bed)
                #expect(state == whole, comment)
                try await expectConsistent(bed.queue, comment)
            }
        }
    }
}

/// A script of the schedules, with what it needs.
struct ScheduleTransition: Sendable, CustomTestStringConvertible {
    let name: String
    /// Whether nobody need send the call again: the leader looks at what is due anyway.
    var healsByLeader = false
    let prepare: @Sendable (TestSchedules) async throws -> ScriptCall

    var testDescription: String { name }

    static let all: [ScheduleTransition] = [
        ScheduleTransition(name: "fire", healsByLeader: true) { bed in
            for (name, overlap) in [("one", Overlap.allow), ("two", .skip)] {
                try await bed.set(try bed.make(name, catchUp: .all(), overlap: overlap))
            }
            try await bed.work()
            try await bed.clock.advance(by: .seconds(2))
            let term = try await bed.lead()
            let firings = try await bed.plan()
            return { store, _ in _ = try await store.fire(firings, leader: "ada", term: term) }
        },
        ScheduleTransition(name: "delivered", healsByLeader: true) { bed in
            try await bed.set(try bed.make(catchUp: .all()))
            try await bed.work()
            try await bed.clock.advance(by: .seconds(2))
            _ = try await bed.fire(try await bed.plan(), term: try await bed.lead())
            let entries = try await bed.queue.send("LRANGE", bed.store.keys.pending, "0", "-1").array ?? []
            let jobs = entries.compactMap(\.string).compactMap { PendingJob(entry: $0) }
            _ = try await bed.working.enqueue(jobs.map(\.job), queue: "mail", payloadLimit: 1000)
            return { store, _ in try await store.delivered(jobs.map { ($0.sequence, nil) }) }
        },
        ScheduleTransition(name: "delivered, refused") { bed in
            try await bed.set(try bed.make())
            try await bed.work()
            try await bed.clock.advance(by: .seconds(1))
            _ = try await bed.fire(try await bed.plan(), term: try await bed.lead())
            let entries = try await bed.queue.send("LRANGE", bed.store.keys.pending, "0", "-1").array ?? []
            let jobs = entries.compactMap(\.string).compactMap { PendingJob(entry: $0) }
            return { store, _ in try await store.delivered(jobs.map { ($0.sequence, "no") }) }
        },
        ScheduleTransition(name: "lead", healsByLeader: true) { bed in
            try await bed.set(try bed.make(catchUp: .all()))
            return { store, _ in _ = try await store.lead("ada", lease: TestSchedules.lease) }
        },
        ScheduleTransition(name: "resign", healsByLeader: true) { bed in
            try await bed.set(try bed.make(catchUp: .all()))
            try await bed.lead()
            return { store, _ in _ = try await store.resign("ada") }
        },
        ScheduleTransition(name: "schedule_set, a new one") { bed in
            let schedule = try bed.make()
            return { store, _ in _ = try await store.set(schedule, revision: nil) }
        },
        ScheduleTransition(name: "schedule_set, other values") { bed in
            try await bed.set(try bed.make("tick", "@daily"))
            let revision = try #require(try await bed.inspector.schedule("tick")).revision
            let schedule = try bed.make()
            return { store, _ in _ = try await store.set(schedule, revision: revision) }
        },
        ScheduleTransition(name: "schedule_pause") { bed in
            try await bed.set(try bed.make())
            try await bed.work()
            return { store, _ in _ = try await store.pause(schedule: "tick") }
        },
        ScheduleTransition(name: "schedule_resume") { bed in
            try await bed.set(try bed.make(overlap: .skip))
            _ = try await bed.operating.pause(schedule: "tick")
            let record = try #require(try await bed.inspector.schedule("tick"))
            let job = try PendingJob(try #require(record.schedule), "resumed")
            return { store, sent in
                let record = sent == 0 ? record : try await bed.inspector.schedule("tick") ?? record
                _ = try await store.resume(record, job)
            }
        },
        ScheduleTransition(name: "schedule_run") { bed in
            try await bed.set(try bed.make("tick", "@daily", overlap: .skip))
            let record = try #require(try await bed.inspector.schedule("tick"))
            let job = try PendingJob(try #require(record.schedule), "run")
            return { store, _ in _ = try await store.run(record, job) }
        },
        ScheduleTransition(name: "schedule_remove") { bed in
            _ = try await bed.working.declare([try bed.make()], by: .test)
            try await bed.work()
            return { store, _ in _ = try await store.remove(schedule: "tick") }
        },
        ScheduleTransition(name: "declare, a new one") { bed in
            let schedule = try bed.make()
            return { store, _ in _ = try await store.declare([schedule], by: .test) }
        },
        ScheduleTransition(name: "declare, other values") { bed in
            _ = try await bed.working.declare([try bed.make("tick", "@daily")], by: .test)
            let schedule = try bed.make()
            return { store, _ in _ = try await store.declare([schedule], by: .test) }
        },
        ScheduleTransition(name: "declare, what was disabled") { bed in
            let schedule = try bed.make()
            _ = try await bed.working.declare([schedule], by: .test)
            let term = try await bed.lead()
            let declared = try await bed.working.undeclared(before: TestSchedules.noon + 1)
            #expect(try await bed.working.undeclare(declared, leader: "ada", term: term) == ["tick"])
            return { store, _ in _ = try await store.declare([schedule], by: .test) }
        },
        ScheduleTransition(name: "undeclare") { bed in
            _ = try await bed.working.declare([try bed.make()], by: .test)
            try await bed.work()
            let declared = try await bed.working.undeclared(before: TestSchedules.noon + 1)
            let term = try await bed.lead()
            return { store, _ in _ = try await store.undeclare(declared, leader: "ada", term: term) }
        },
    ]

    /// Breaks the call off behind no write, one, two and so on, and judges what `recover` makes of it.
    ///
    /// In the end it has to be as if the call had never been broken off.
    func breakOff(
        times: Int = 1,
        recover: (TestSchedules, ScriptCall, String, Comment) async throws -> Void
    ) async throws {
        let queue = try TestQueue(try #require(PrivateRedis.server))
        do {
            let bed = TestSchedules(queue: queue)
            let call = try await begin(bed)
            try await call(queue.store, 0)
            let whole = try await state(bed)
            try await expectConsistent(queue, "\(name), whole")
            var writes = 0
            while true {
                let call = try await begin(bed)
                guard try await BrokenOff(after: writes, queue).run(times, call) else { break }
                try await recover(bed, call, whole, "\(name), broken off behind \(writes) writes, \(times) times")
                writes += 1
                #expect(writes < 200)
            }
            #expect(writes > 0, "\(name) writes nothing")
        } catch {
            await queue.close()
            throw error
        }
        await queue.close()
    }

    private func begin(_ bed: TestSchedules) async throws -> ScriptCall {
        try await bed.queue.clear()
        try await bed.clock.stop()
        try await bed.clock.set(to: TestSchedules.time(0))
        return try await prepare(bed)
    }

    /// What has come of it when leaders have worked for a while: the ledgers, and the jobs in the queue.
    func state(_ bed: TestSchedules) async throws -> String {
        for pause in [1, 2, 12, 13] {
            try await bed.clock.advance(by: .seconds(pause))
            guard case .leading = try await bed.working.lead("ada", lease: TestSchedules.lease) else { continue }
            // A job that is not in its queue yet holds no slot up, so each leader delivers before it looks.
            try await bed.deliver()
            try await bed.work()
        }
        var lines: [String] = []
        for name in ["one", "two", "tick"] {
            let fields = try await bed.fields(name)
            for field in ["cron", "slot", "last_slot", "paused_at", "disabled_at", "origin", "edited"] {
                lines.append("\(name) \(field) \(fields[field].map { $0.count > 12 ? "set" : $0 } ?? "none")")
            }
            for entry in try await bed.ledger(name) {
                // Which slot is caught up and which is fired depends on when the leader looks again.
                let slot = entry.slot.map { "\($0.milliseconds)" } ?? ""
                lines.append(
                    "\(name) \([.fired, .caughtUp].contains(entry.kind) ? "fired" : entry.kind.rawValue) \(slot)"
                )
            }
            lines += try await bed.jobs(name).map { job in
                job.replacing(/(run|resumed)-.*/) { "\($0.output.1)" }
            }.sorted()
        }
        lines.append("pending \(try await bed.pending())")
        return lines.joined(separator: "\n")
    }
}
