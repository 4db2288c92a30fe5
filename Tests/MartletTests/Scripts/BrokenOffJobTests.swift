import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// Redis breaks each script off behind each of its writes.
    ///
    /// It does so where a right was taken away, or where a key holds what somebody put there by hand.
    @Suite struct BrokenOffJobTests {
        @Test(arguments: JobTransition.all, [1, 5])
        func `a call that was broken off is completed by the next one, however often it was`(
            transition: JobTransition,
            times: Int
        ) async throws {
            try await transition.breakOff(times: times) { bed, call, whole in
                do {
                    try await call(bed.queue.store, times)
                } catch let error as JobError where error.code == .notFound || error.code == .refused {
                    // What it asks for has come about already.
                }
                if transition.isExact { #expect(try await bed.jobs() == whole.jobs, bed.comment) }
                try await bed.drain()
                #expect(try await bed.states() == whole.drained, bed.comment)
                try await bed.expectNothingLeft()
            }
        }

        /// Who repairs goes on until nothing is wrong.
        @Test(arguments: JobTransition.all.filter { $0.name != "repair" })
        func `a call that was broken off and is never sent again loses no job, and leaves none in two states`(
            transition: JobTransition
        ) async throws {
            try await transition.breakOff { bed, _, whole in
                let before = try await bed.states()
                try await bed.drain()
                let after = try await bed.states()
                for id in before.keys where after[id] == nil {
                    #expect(whole.drained[id] == nil, "\(id) is lost, \(bed.comment)")
                }
                for (id, state) in after {
                    #expect(state.isFinished, "\(id) is \(state) for ever, \(bed.comment)")
                }
                try await bed.expectNothingLeft(listings: !transition.isEnqueue)
            }
        }

        @Test(arguments: JobTransition.all)
        func `what a call that was broken off leaves is found and repaired, and a job is never in no state set`(
            transition: JobTransition
        ) async throws {
            try await transition.breakOff { bed, _, whole in
                let queue = bed.queue
                let found = try await queue.inspector.verify(queue: queue.name).findings
                let homeless = found.filter { $0.wrong.contains("in no state set") || $0.wrong.contains("no state") }
                #expect(homeless.map { "\($0.shown): \($0.wrong)" } == [], bed.comment)
                _ = try await queue.inspector.repair(queue: queue.name, by: Operator("ada"))
                let left = try await queue.inspector.verify(queue: queue.name).findings
                #expect(left.map { "\($0.shown): \($0.wrong)" } == [], bed.comment)
                let before = try await bed.states()
                try await bed.drain()
                let after = try await bed.states()
                for id in before.keys where after[id] == nil {
                    #expect(whole.drained[id] == nil, "\(id) is lost, \(bed.comment)")
                }
            }
        }

        @Test func `a spoilt hour of counts fails no transition`() async throws {
            try await withQueue { queue in
                let counts = queue.store.keys.counts(queue.name, hourOf: try await queue.clock.now())
                func spoil() async throws { _ = try await queue.send("SET", counts, "odd") }
                try await spoil()
                let id = try await queue.enqueue("a")
                #expect(try await queue.send("HGET", counts, "enqueued").string == "1")
                let job = try await queue.claimOne()
                try await spoil()
                #expect(try await queue.finish(job) == .done(.successful))
                #expect(try await queue.send("HGET", counts, "successful").string == "1")
                try await spoil()
                try await queue.operating.restart(id)
                #expect(try await queue.send("HGET", counts, "restarted").string == "1")
            }
        }
    }
}

extension JobTransition {
    /// What comes of a call that is not broken off.
    struct Whole {
        /// The jobs behind it, and their states when all that can run has run.
        let jobs: [String: [String: String]]
        let drained: [String: JobState]
    }

    /// Breaks the call off behind no write, one, two and so on, and judges what `recover` makes of it.
    func breakOff(
        times: Int = 1,
        recover: (JobBed, ScriptCall, Whole) async throws -> Void
    ) async throws {
        let queue = try TestQueue(try #require(PrivateRedis.server))
        do {
            let call = try await JobBed(queue, "").begin(prepare)
            try await call(queue.store, 0)
            let bed = JobBed(queue, "\(self), whole")
            let jobs = try await bed.jobs()
            try await bed.drain()
            let whole = Whole(jobs: jobs, drained: try await bed.states())
            try await bed.expectNothingLeft()
            var writes = 0
            while true {
                let bed = JobBed(queue, "\(self), broken off behind \(writes) writes, \(times) times")
                let call = try await bed.begin(prepare)
                guard try await BrokenOff(after: writes, queue).run(times, call) else { break }
                try await recover(bed, call, whole)
                writes += 1
                #expect(writes < 200)
            }
            #expect(writes > 0, "\(self) writes nothing")
        } catch {
            await queue.close()
            throw error
        }
        await queue.close()
    }
}

/// A queue in which a call was broken off.
struct JobBed {
    let queue: TestQueue
    let comment: Comment

    init(_ queue: TestQueue, _ comment: String) {
        self.queue = queue
        self.comment = Comment(rawValue: comment)
    }

    /// Makes the state that the call finds; always at the same time, so that what comes of it can be compared.
    func begin(_ prepare: (TestQueue) async throws -> ScriptCall) async throws -> ScriptCall {
        try await queue.clear()
        try await queue.clock.stop()
        try await queue.clock.set(to: TestSchedules.time(0))
        return try await prepare(queue)
    }

    private func ids() async throws -> [JobID] {
        let beginning = queue.root + ":job:"
        let keys = try await queue.send("KEYS", beginning + "*").array?.compactMap(\.string) ?? []
        return try keys.map { try queue.id(String($0.dropFirst(beginning.count))) }
    }

    func states() async throws -> [String: JobState] {
        var states: [String: JobState] = [:]
        for id in try await ids() {
            states[id.local] = try await queue.hash(id)["state"].flatMap(JobState.init(rawValue:))
        }
        return states
    }

    /// The hashes, with how many attempts and lines each job has.
    ///
    /// What a job that waits or was cancelled keeps of its time before says nothing.
    func jobs() async throws -> [String: [String: String]] {
        var jobs: [String: [String: String]] = [:]
        for id in try await ids() {
            var hash = try await queue.hash(id)
            if hash["state"] == "waiting" { for field in ["finished_at", "error", "warning"] { hash[field] = nil } }
            if hash["state"] == "cancelled" { hash["reason"] = nil }
            hash["token"] = nil
            hash["attempts"] = "\(try await queue.send("LLEN", queue.store.keys.attempts(id)).int ?? 0)"
            hash["lines"] = "\(try await queue.logLines(id).count)"
            jobs[id.local] = hash
        }
        return jobs
    }

    /// Lets leases run out and jobs fall due, and has a worker run all that there is.
    func drain() async throws {
        _ = try await queue.send("HDEL", queue.store.keys.meta(queue.name), "paused_at", "paused_by")
        var idle = 0
        for _ in 0..<40 where idle < 3 {
            try await queue.clock.advance(by: .seconds(40))
            let claim = try await queue.claim(20, worker: "cy", types: ["greet", "sing", "strange"], isIdle: true)
            for job in claim.jobs { #expect(try await queue.finish(job) == .done(.successful), comment) }
            idle = claim.jobs.isEmpty ? idle + 1 : 0
        }
    }

    /// Fails unless nothing but finished jobs is there, and, when they are past retention, nothing at all.
    func expectNothingLeft(listings: Bool = true) async throws {
        for state in [JobState.scheduled, .waiting, .running] {
            #expect(try await queue.members(state) == [], "\(state), \(comment)")
        }
        // A claim that finds work looks at what was set aside.
        try await queue.enqueue("last")
        for job in try await queue.claim(9, worker: "cy", types: ["greet", "strange"], isIdle: true).jobs {
            _ = try await queue.finish(job)
        }
        try await queue.clock.advance(by: .seconds(100_000))
        while try await queue.prune(successful: .seconds(1), others: .seconds(1)) > 0 {}
        #expect(try await ids() == [], comment)
        for state in JobState.allCases { #expect(try await queue.members(state) == [], "\(state), \(comment)") }
        for list in [queue.store.keys.expiring(queue.name), queue.store.keys.deadlines(queue.name)] {
            #expect(try await queue.send("EXISTS", list).int == 0, comment)
        }
        if listings { try await expectConsistent(queue, comment) }
    }
}
