import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// The way of jobs from the pending list to their queues.
    @Suite struct DeliveryTests {
        /// Fires the slots that are due, without delivering the jobs.
        private func fire(_ bed: TestSchedules) async throws {
            #expect(try await bed.fire(try await bed.plan(), term: try await bed.lead()) != .deposed)
        }

        private func pendingJobs(_ bed: TestSchedules) async throws -> [PendingJob] {
            let entries = try await bed.queue.send("LRANGE", bed.store.keys.pending, "0", "-1").array ?? []
            return entries.compactMap(\.string).compactMap { PendingJob(entry: $0) }
        }

        /// Fires a slot of a schedule whose jobs are not kept, and returns what waits for its queue then.
        private func pendingOfForgotten(_ bed: TestSchedules) async throws -> [PendingJob] {
            try await bed.set(try bed.make(options: JobOptions(retention: .zero)))
            try await fire(bed)
            try await bed.clock.advance(by: .seconds(1))
            try await fire(bed)
            return try await pendingJobs(bed)
        }

        @Test func `a deliverer that was frozen repeats nothing, also when the job is long gone`() async throws {
            try await withSchedules { bed in
                let frozen = try await pendingOfForgotten(bed)
                #expect(frozen.count == 1)
                try await bed.deliver()
                try await bed.finishAll()
                #expect(try await bed.jobs().isEmpty)
                #expect(try await bed.queue.hash(frozen[0].id).isEmpty)
                // The frozen deliverer wakes up when the next slot is on its way too.
                try await bed.clock.advance(by: .seconds(1))
                try await fire(bed)
                try await bed.queue.expectUnchanged {
                    let isNew = try await bed.working.enqueue(frozen.map(\.job), queue: "mail", payloadLimit: 1000)
                    #expect(isNew == [false])
                    try await bed.working.delivered(frozen.map { ($0.sequence, nil) })
                }
                try await bed.deliver()
                #expect(try await bed.jobs() == ["tick.20261123T120002Z"])
            }
        }

        @Test(
            arguments: [
                nil, "9007199254740992", " 9007199254740992", "0x1fffffffffffff", "9223372036854775807", "1e308", "inf",
                "-1", "-1e308", "1.5", "nan", "text", "",
            ] as [String?]
        )
        func `what somebody wrote in place of a queue's last sequence silences no schedule, and repeats no slot`(
            mark: String?
        ) async throws {
            try await withSchedules { bed in
                let frozen = try await pendingOfForgotten(bed)
                try await bed.deliver()
                try await bed.finishAll()
                if let mark {
                    let key = bed.store.keys.meta(bed.queue.name)
                    _ = try await bed.queue.send("HSET", key, "delivered", mark)
                } else {
                    // The number is one that a clock 360 days ahead would make, so that the script takes it.
                    let far = (TestSchedules.noon + 360 * 86_400_000) * 1000
                    let options = RedisArgument(#"{"schedule":"x","sequence":\#(far),"retention_ms":0}"#)
                    let reply = try await bed.queue.run(.enqueue, ["1000", "e1", "greet", "{}", options])
                    #expect(reply.map(\.string) == ["ok", "waiting"])
                    try await bed.finishAll()
                }
                for second in 2...4 {
                    try await bed.clock.advance(by: .seconds(1))
                    try await fire(bed)
                    let rest = try await bed.deliver()
                    let isAhead = mark.map { $0.contains("9") || $0.hasPrefix("0x") || $0 == "1e308" || $0 == "inf" }
                    #expect(rest.disowned.isEmpty == (second > 2 || isAhead == false))
                    #expect(try await bed.jobs() == ["tick.20261123T12000\(second)Z"])
                    #expect(try await bed.pending() == 0)
                    try await bed.finishAll()
                    // The deliverer that was frozen wakes up.
                    try await bed.queue.expectUnchanged {
                        let isNew = try await bed.working.enqueue(frozen.map(\.job), queue: "mail", payloadLimit: 1000)
                        #expect(isNew == [false])
                    }
                }
            }
        }

        @Test func `after Redis's clock was set back by a month each slot still runs once`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make(options: JobOptions(retention: .zero)))
                try await fire(bed)
                try await bed.clock.advance(by: .seconds(30 * 86_400))
                try await fire(bed)
                let entry = try #require(try await bed.queue.send("LINDEX", bed.store.keys.pending, "0").string)
                try await bed.deliver()
                try await bed.finishAll()
                try await bed.clock.set(to: TestSchedules.time(1000))
                // The call that took it out of the list was lost.
                _ = try await bed.queue.send("RPUSH", bed.store.keys.pending, entry)
                let rest = try await bed.deliver()
                #expect(rest.disowned.isEmpty)
                #expect(try await bed.pending() == 0)
                #expect(try await bed.jobs().isEmpty)
                let job = try await bed.inspector.runSchedule("tick", by: Operator("ada"))
                #expect(try await bed.queue.hash(job)["state"] == "waiting")
            }
        }

        @Test(arguments: ["9007199254740992", "1e300", "inf", "nan", "-1", "text", ""])
        func `what somebody wrote in place of the scheduler's sequence silences no schedule`(last: String) async throws
        {
            try await withSchedules { bed in
                try await bed.set(try bed.make())
                try await fire(bed)
                _ = try await bed.queue.send("SET", bed.store.keys.sequence, last)
                for second in 1...2 {
                    try await bed.clock.advance(by: .seconds(1))
                    try await fire(bed)
                    try await bed.deliver()
                    #expect(try await bed.jobs().last == "tick.20261123T12000\(second)Z")
                }
            }
        }

        @Test func `many deliverers at once bring each job once, in order`() async throws {
            try await withSchedules { bed in
                for number in 0..<30 { try await bed.set(try bed.make("s\(number)", catchUp: .all(limit: 10))) }
                try await fire(bed)
                try await bed.clock.advance(by: .seconds(10))
                try await fire(bed)
                #expect(try await bed.pending() == 300)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 1...5 { group.addTask { try await bed.deliver() } }
                    try await group.waitForAll()
                }
                #expect(try await bed.pending() == 0)
                #expect(try await bed.queue.members(.waiting).count == 300)
            }
        }

        @Test func `what has been taken out is passed over`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make(catchUp: .all()))
                try await fire(bed)
                try await bed.clock.advance(by: .seconds(3))
                try await fire(bed)
                let all = try await pendingJobs(bed)
                try await bed.working.delivered([(all[1].sequence, nil)])
                #expect(try await pendingJobs(bed).map(\.id) == [all[0].id, all[2].id])
                try await bed.queue.expectUnchanged { try await bed.working.delivered([(all[1].sequence, nil)]) }
            }
        }

        @Test func `a job that its queue will never take leaves the pending list with a line in the ledger`()
            async throws
        {
            try await withSchedules { bed in
                try await bed.set(try bed.make(catchUp: .all()))
                try await fire(bed)
                try await bed.clock.advance(by: .seconds(3))
                try await fire(bed)
                // Another release might write this entry.
                let entry = try #require(try await bed.queue.send("LINDEX", bed.store.keys.pending, "1").string)
                let bad = entry.replacing(#"{\"schedule\""#, with: #"{\"surprise\":1,\"schedule\""#)
                _ = try await bed.queue.send("LSET", bed.store.keys.pending, "1", bad)
                _ = try await bed.queue.send("LPUSH", bed.store.keys.pending, "nobody can read this")
                #expect(try await bed.deliver().jobs.isEmpty)
                #expect(try await bed.pending() == 0)
                #expect(try await bed.jobs() == ["tick.20261123T120001Z", "tick.20261123T120003Z"])
                let refusal = try #require(try await bed.ledger().last)
                #expect(refusal.kind == .refused)
                #expect(refusal.job?.local == "tick.20261123T120002Z")
                #expect(refusal.why?.contains("surprise") == true)
            }
        }

        @Test func `a queue that takes nothing holds up its own jobs only, and they wait in order`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make("a", options: JobOptions(queue: "broken"), catchUp: .all()))
                try await bed.set(try bed.make("b", catchUp: .all()))
                try await fire(bed)
                try await bed.clock.advance(by: .seconds(2))
                try await fire(bed)
                let waiting = bed.store.keys.state(.waiting, of: "broken")
                _ = try await bed.queue.send("SET", waiting, "no set")
                let rest = try await bed.deliver()
                #expect(rest.jobs.map(\.local).sorted() == ["a.20261123T120001Z", "a.20261123T120002Z"])
                #expect(rest.error?.code == .redis)
                #expect(try await bed.jobs("b").count == 2)
                _ = try await bed.queue.send("DEL", waiting)
                for id in rest.jobs { _ = try await bed.queue.send("DEL", bed.store.keys.job(id)) }
                #expect(try await bed.deliver().jobs.isEmpty)
                #expect(try await bed.inspector.counts(queue: "broken")[.waiting] == 2)
                for key in try await bed.queue.send("KEYS", bed.store.keys.queue("broken") + ":*").array ?? [] {
                    _ = try await bed.queue.send("DEL", key.string ?? "")
                }
            }
        }

        @Test(.timeLimit(.minutes(15)))
        func `behind hundreds of jobs of a queue that takes nothing all others are delivered`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make("a", options: JobOptions(queue: "broken"), catchUp: .all(limit: 450)))
                try await bed.set(try bed.make("b", catchUp: .all()))
                try await fire(bed)
                try await bed.clock.advance(by: .seconds(450))
                try await fire(bed)
                _ = try await bed.queue.send("SET", bed.store.keys.meta("broken"), "no hash")
                let rest = try await bed.deliver()
                #expect(rest.jobs.count == 450)
                #expect(rest.jobs.allSatisfy { $0.queue == "broken" })
                #expect(try await bed.jobs("b").count == 100)
                // A job that an operator asks for does not depend on the broken queue.
                let job = try await bed.inspector.runSchedule("b", by: Operator("ada"))
                #expect(try await bed.queue.hash(job)["state"] == "waiting")
                await #expect(throws: JobError.self) { try await bed.inspector.runSchedule("a", by: Operator("ada")) }
                _ = try await bed.queue.send("DEL", bed.store.keys.meta("broken"))
                #expect(try await bed.deliver().jobs.isEmpty)
                for key in try await bed.queue.send("KEYS", bed.store.keys.queue("broken") + ":*").array ?? [] {
                    _ = try await bed.queue.send("DEL", key.string ?? "")
                }
            }
        }

        @Test(.timeLimit(.minutes(15)))
        func `hundreds of entries that are no text hold up nothing`() async throws {
            try await withSchedules { bed in
                for number in 0..<300 {
                    let entry = RedisArgument([0xff, 0xfe, UInt8(number % 256), UInt8(number / 256)])
                    let key = RedisArgument(bed.store.keys.pending)
                    _ = try await bed.store.redis.send(RedisCommand("RPUSH", [key, entry]))
                }
                // These entries can be read, but no script would find them by their number.
                for sequence in ["1.0", " 7"] {
                    let entry =
                        #"{"sequence":\#(sequence),"schedule":"a","queue":"q","id":"a","type":"t","payload":"{}","options":"{}"}"#
                    _ = try await bed.queue.send("RPUSH", bed.store.keys.pending, entry)
                }
                try await bed.set(try bed.make())
                let job = try await bed.inspector.runSchedule("tick", by: Operator("ada"))
                #expect(try await bed.queue.hash(job)["state"] == "waiting")
                #expect(try await bed.pending() == 0)
            }
        }

        @Test func `the order of pending jobs outlives the loss of its key`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make())
                try await bed.work()
                var sequences: [Int64] = []
                for _ in 0..<3 {
                    try await bed.clock.advance(by: .seconds(1))
                    try await fire(bed)
                    sequences += try await pendingJobs(bed).map(\.sequence)
                    try await bed.deliver()
                    _ = try await bed.queue.send("DEL", "\(bed.store.keys.scheduler):sequence")
                }
                #expect(sequences == sequences.sorted())
                #expect(Set(sequences).count == 3)
                #expect(try await bed.jobs().count == 3)
                // A clock that was set back does not reverse the order either, as long as the key exists.
                try await bed.clock.advance(by: .seconds(1))
                try await bed.inspector.runSchedule("tick", by: Operator("ada"))
                try await bed.clock.advance(by: .seconds(-3600))
                try await bed.inspector.runSchedule("tick", by: Operator("ada"))
                #expect(try await bed.jobs().count == 5)
            }
        }
    }
}
