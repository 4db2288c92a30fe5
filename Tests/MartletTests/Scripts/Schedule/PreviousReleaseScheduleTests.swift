import Foundation
import MartletTesting
import RedisClient
import Testing

@testable import Martlet

extension RedisTests {
    /// Leaders, programs and operators of the release before share the schedules with those of this one while a deploy
    /// rolls.
    @Suite struct PreviousReleaseScheduleTests {
        @Test(arguments: [1, 2, UInt64.random(in: 0 ... .max)])
        func `leaders of two releases fire each slot once between them, whatever operators of both change`(
            seed: UInt64
        ) async throws {
            try await withSchedules { bed in
                var random = SplitMix64(seed: seed)
                var deploy = ScheduleDeploy(bed)
                try await deploy.begin()
                for step in 1...400 {
                    try await deploy.step(&random)
                    if step % 20 == 0 { try await expectConsistent(bed.queue, "seed \(seed), step \(step)") }
                }
                try await deploy.end()
                let (slots, jobs) = try await (deploy.passedSlots(), bed.jobs("steady"))
                #expect(slots.count > 20, "seed \(seed)")
                #expect(jobs.sorted() == slots.sorted(), "seed \(seed)")
                #expect(deploy.terms == deploy.terms.sorted(), "seed \(seed): \(deploy.terms)")
                #expect(deploy.fired.old > 0 && deploy.fired.new > 0, "seed \(seed): \(deploy.fired)")
                // What an old leader held back under a term that is over is refused, by either release's script. A walk
                // of any other seed need not come by one.
                if seed <= 2 { #expect(deploy.refused.old + deploy.refused.new > 0, "seed \(seed)") }
            }
        }
    }
}

/// A fleet of which one half has the scripts of the release before.
///
/// The schedule `steady` is left alone; `tick` is
/// paused, resumed, run, edited, removed and set anew; `told` is declared by programs of both.
private struct ScheduleDeploy {
    /// What a leader wanted to fire and was kept from, by a pause of its process.
    private struct Held {
        let isOld: Bool
        let term: Int
        let firings: [Firing]
    }

    let bed: TestSchedules
    private(set) var terms: [Int] = []
    private(set) var fired = (old: 0, new: 0)
    private(set) var refused = (old: 0, new: 0)
    private var held: [Held] = []
    private var beganAt = 0

    init(_ bed: TestSchedules) { self.bed = bed }

    private static func cron(_ seconds: Int) -> String { "*/\(seconds) * * * * *" }

    private func steady() throws -> Schedule {
        try bed.make("steady", Self.cron(10), catchUp: .all(limit: 1000), overlap: .allow)
    }

    mutating func begin() async throws {
        beganAt = Int(try await bed.clock.now().milliseconds)
        try await bed.set(try steady())
        try await bed.set(try bed.make("tick", Self.cron(7), overlap: .skip))
    }

    mutating func step(_ random: inout SplitMix64) async throws {
        let isOld = Bool.random(using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<35: try await bed.clock.advance(by: .milliseconds(Int.random(in: 1...20_000, using: &random)))
        case 35..<70: try await lead(isOld, isHeldUp: Int.random(in: 0..<6, using: &random) == 0)
        case 70..<74: if isOld { try await run("resign", ["old"]) } else { _ = try await bed.working.resign("new") }
        case 74..<79: try await fireHeld()
        case 79..<83: try await bed.finishAll()
        case 83..<88: try await declare(isOld, every: Bool.random(using: &random) ? 5 : 13)
        case 88..<91: try await pauseTick(isOld)
        case 91..<94: try await resumeTick(isOld)
        case 94..<97: try await runTick(isOld)
        case 97..<99: try await edit(isOld, every: Int.random(in: 3...9, using: &random))
        default: try await remove(isOld)
        }
    }

    /// Has this release lead alone, the other one being gone.
    mutating func end() async throws {
        try await bed.clock.advance(by: .seconds(31))
        try await bed.work("last")
        try await bed.finishAll()
        #expect(try await bed.pending() == 0)
    }

    /// The ids of the jobs of the slots that have passed of the schedule that nobody touched.
    func passedSlots() async throws -> [String] {
        let schedule = try steady()
        let last = try #require(Int(try await bed.fields("steady")["last_slot"] ?? ""))
        var slots: [String] = []
        var slot = beganAt
        while let next = schedule.cron.next(after: slot, in: .utc), next <= last {
            slots.append(try PendingJob(schedule, slot: next).id.local)
            slot = next
        }
        return slots
    }

    // MARK: Leaders

    private mutating func lead(_ isOld: Bool, isHeldUp: Bool) async throws {
        guard let term = try await (isOld ? oldTerm() : newTerm()) else { return }
        terms.append(term)
        while true {
            let firings = try await bed.plan()
            if isHeldUp {
                if !firings.isEmpty { held.append(Held(isOld: isOld, term: term, firings: firings)) }
                return
            }
            let words = try await fire(firings, isOld, term)
            #expect(words != nil, "the leader was deposed")
            try await deliver(isOld)
            // What was changed meanwhile comes with the next look.
            if !(words ?? []).contains(where: { ["fired", "skipped", "planned"].contains($0) }) { return }
        }
    }

    private func newTerm() async throws -> Int? {
        guard case .leading(let term, _) = try await bed.working.lead("new", lease: TestSchedules.lease) else {
            return nil
        }
        return term
    }

    private func oldTerm() async throws -> Int? {
        let reply = try await run("lead", ["old", "\(TestSchedules.lease.milliseconds)"])
        return reply.first?.string == "leading" ? reply[1].int : nil
    }

    /// - Returns: what became of each; nil when another one leads.
    private mutating func fire(_ firings: [Firing], _ isOld: Bool, _ term: Int) async throws -> [String]? {
        let jobs = firings.map(\.jobs.count).reduce(0, +)
        if isOld {
            // The release before had another word for a job on its way.
            let calls = firings.map { $0.json.replacing(#""entry":""#, with: #""draft":""#) }
            let reply = try await run("fire", ["old", "\(term)"] + calls).compactMap(\.string)
            guard reply.first == "ok" else { return nil }
            fired.old += jobs
            return Array(reply.dropFirst())
        }
        guard case .decided(let words) = try await bed.fire(firings, "new", term: term) else { return nil }
        fired.new += jobs
        return words
    }

    /// Fires what a leader had planned before its process was paused.
    private mutating func fireHeld() async throws {
        guard !held.isEmpty else { return }
        let late = held.removeFirst()
        let words = try await fire(late.firings, late.isOld, late.term)
        guard words == nil else { return }
        if late.isOld { refused.old += 1 } else { refused.new += 1 }
    }

    private func deliver(_ isOld: Bool) async throws {
        guard isOld else {
            try await bed.deliver()
            return
        }
        let entries = try await bed.queue.send("LRANGE", bed.store.keys.pending, "0", "-1").array ?? []
        let jobs = entries.compactMap { $0.string.flatMap(PendingJob.init(entry:)) }
        #expect(jobs.count == entries.count)
        guard !jobs.isEmpty else { return }
        let arguments = jobs.map(\.job).flatMap {
            [$0.id.local, $0.type, String(decoding: $0.payload, as: UTF8.self), $0.wireOptions.text]
        }
        try await PreviousRelease.run("enqueue", on: bed.queue.root, ["1000"] + arguments, bed.queue)
        try await run("delivered", jobs.flatMap { ["\($0.sequence)", ""] })
    }

    // MARK: Programs and operators

    private func declare(_ isOld: Bool, every seconds: Int) async throws {
        let told = try bed.make("told", Self.cron(seconds), overlap: .skip)
        if isOld {
            var declaration = JSONObjectText()
            declaration.append("name", "told")
            declaration.append(told.json)
            try await run("declare", [declaration.text])
            try await run("redeclare", ["told"])
        } else {
            let program = DeclaringProgram(id: "new")
            let started = try await bed.working.declare([told], by: program).started
            _ = try await bed.working.redeclare(
                ["told": try await bed.fields("told")["revision"] ?? ""],
                by: DeclaringProgram(id: "new", started: started),
                stops: false
            )
        }
    }

    private func pauseTick(_ isOld: Bool) async throws {
        if isOld {
            try await run("schedule_pause", ["tick"])
        } else {
            _ = try await bed.operating.pause(schedule: "tick")
        }
    }

    private func resumeTick(_ isOld: Bool) async throws {
        guard let (record, job) = try await made("resumed") else { return }
        if isOld {
            try await run("schedule_resume", ["tick", record.revision, "\(job.id)", job.entry])
        } else {
            _ = try await bed.operating.resume(record, job)
        }
    }

    private func runTick(_ isOld: Bool) async throws {
        guard let (record, job) = try await made("run") else { return }
        if isOld {
            try await run("schedule_run", ["tick", record.revision, "\(job.id)", job.entry])
        } else {
            _ = try await bed.operating.run(record, job)
        }
    }

    private func edit(_ isOld: Bool, every seconds: Int) async throws {
        let revision = try await bed.fields("tick")["revision"]
        let tick = try bed.make("tick", Self.cron(seconds), overlap: .skip)
        if isOld {
            try await run("schedule_set", ["tick", revision ?? "", tick.json.text])
        } else {
            _ = try await bed.operating.set(tick, revision: revision)
        }
    }

    private func remove(_ isOld: Bool) async throws {
        if isOld {
            try await run("schedule_remove", ["tick"])
        } else {
            _ = try await bed.operating.remove(schedule: "tick")
        }
    }

    /// The schedule `tick` as an operator reads it, with a job that is to run now.
    private func made(_ word: String) async throws -> (ScheduleRecord, PendingJob)? {
        guard let record = try await bed.inspector.schedule("tick"), let schedule = record.schedule else { return nil }
        return (record, try PendingJob(schedule, word))
    }

    @discardableResult
    private func run(_ name: String, _ arguments: [String]) async throws -> [RedisValue] {
        try await PreviousRelease.run(name, on: bed.store.keys.scheduler, arguments, bed.queue)
    }
}
