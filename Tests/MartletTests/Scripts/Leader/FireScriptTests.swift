import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct FireScriptTests {
        /// Makes a schedule of one-second slots, with ada leading at its second slot.
        private func start(_ bed: TestSchedules, overlap: Overlap = .allow) async throws -> Int {
            try await bed.set(try bed.make(overlap: overlap))
            let term = try await bed.lead()
            _ = try await bed.fire(try await bed.plan(), term: term)
            #expect(try await bed.working.due(limit: 500).next == .seconds(1))
            try await bed.clock.advance(by: .seconds(1))
            return term
        }

        @Test func `a slot becomes one job with the slot's id, and the ledger tells`() async throws {
            try await withSchedules { bed in
                let term = try await start(bed)
                try await bed.clock.advance(by: .milliseconds(250))
                #expect(try await bed.fire(try await bed.plan(), term: term) == .decided(["fired"]))
                #expect(try await bed.pending() == 1)
                try await bed.deliver()
                #expect(try await bed.jobs() == ["tick.20261123T120001Z"])
                let job = try await bed.queue.hash(bed.queue.id("tick.20261123T120001Z"))
                #expect(job["schedule"] == "tick")
                #expect(job["slot"] == "\(TestSchedules.noon + 1000)")
                #expect(job["sequence"] == nil)
                let entry = try #require(try await bed.ledger().last)
                #expect((entry.kind, entry.slot, entry.late) == (.fired, TestSchedules.time(1000), .milliseconds(250)))
                #expect((entry.job?.description, entry.term) == ("mail/tick.20261123T120001Z", term))
                #expect(try await bed.working.due(limit: 500).next == .milliseconds(750))
                let record = try #require(try await bed.inspector.schedule("tick"))
                #expect(record.lastJob?.local == "tick.20261123T120001Z")
                #expect(record.lastState == .waiting)
                #expect(record.nextSlot == TestSchedules.time(2000))
                let listed = try await bed.inspector.jobs(schedule: "tick", queue: "mail")
                #expect(listed.map(\.schedule) == ["tick"])
                #expect(listed.map(\.slot) == [TestSchedules.time(1000)])
            }
        }

        @Test func `the same call again changes nothing`() async throws {
            try await withSchedules { bed in
                let term = try await start(bed)
                let firings = try await bed.plan()
                #expect(try await bed.fire(firings, term: term) == .decided(["fired"]))
                try await bed.queue.expectUnchanged(.decided(["stale"])) {
                    try await bed.fire(firings, term: term)
                }
                #expect(try await bed.fire(firings + firings, term: term) == .decided(["stale", "stale"]))
                try await bed.deliver()
                #expect(try await bed.jobs().count == 1)
            }
        }

        @Test func `one schedule twice in a call is fired once`() async throws {
            try await withSchedules { bed in
                let term = try await start(bed)
                let firings = try await bed.plan()
                #expect(try await bed.fire(firings + firings, term: term) == .decided(["fired", "stale"]))
                #expect(try await bed.pending() == 1)
            }
        }

        @Test func `nothing is fired before its time`() async throws {
            try await withSchedules { bed in
                let term = try await start(bed)
                let firings = try await bed.plan()
                try await bed.clock.advance(by: .milliseconds(-1))
                try await bed.queue.expectUnchanged(.decided(["early"])) {
                    try await bed.fire(firings, term: term)
                }
            }
        }

        @Test func `an old leader is refused, which the ledger tells once, and changes nothing else`() async throws {
            try await withSchedules { bed in
                let old = try await start(bed)
                let firings = try await bed.plan()
                try await bed.clock.advance(by: .seconds(10))
                try await bed.work("bob")
                try await bed.finishAll()
                let before = try await bed.fields()
                for _ in 1...3 {
                    #expect(try await bed.fire(firings, "ada", term: old) == .deposed)
                }
                #expect(try await bed.fields() == before)
                #expect(try await bed.pending() == 0)
                #expect(try await bed.story() == ["skipped 1-10", "fired 11", "refused 1"])
                let refusal = try #require(try await bed.ledger().last)
                #expect((refusal.why, refusal.term) == ("old term", old))
                // The term alone is not enough, and neither is the name.
                #expect(try await bed.fire(firings, "ada", term: old + 1) == .deposed)
                #expect(try await bed.fire(firings, "bob", term: old) == .deposed)
            }
        }

        @Test func `of two who lead at once one fires a slot, whoever comes first`() async throws {
            try await withSchedules { bed in
                let first = try await start(bed)
                let firings = try await bed.plan()
                try await bed.clock.advance(by: .seconds(10))
                let second = try await bed.lead("bob")
                let same = try await bed.plan()
                async let one = bed.fire(firings, "ada", term: first)
                async let other = bed.fire(same, "bob", term: second)
                #expect(try await [one, other] == [.deposed, .decided(["fired"])])
                async let delivery = bed.deliver()
                _ = try await (bed.deliver(), delivery)
                #expect(try await bed.jobs() == ["tick.20261123T120011Z"])
            }
        }

        @Test func `what an operator did while the leader was frozen stands`() async throws {
            try await withSchedules { bed in
                for change in ["pause", "edit", "remove"] {
                    let term = try await start(bed)
                    let firings = try await bed.plan()
                    let before = try await bed.fields()["slot"]
                    switch change {
                    case "pause": try await bed.inspector.pauseSchedule("tick", by: Operator("ada"))
                    case "edit":
                        try await bed.inspector.setSchedule(
                            "tick",
                            ScheduleEdit(cron: "0 4 * * *"),
                            by: Operator("ada")
                        )
                    default: try await bed.inspector.removeSchedule("tick", by: Operator("ada"))
                    }
                    let word = change == "remove" ? "gone" : "changed"
                    #expect(try await bed.fire(firings, term: term) == .decided([word]), "\(change)")
                    #expect(try await bed.pending() == 0)
                    // The slot had come: a pause notes it, and an edit keeps it as the next one.
                    #expect(try await bed.story() == (change == "pause" ? ["skipped 1"] : []))
                    if change == "edit" { #expect(try await bed.fields()["slot"] == before) }
                    try await bed.inspector.removeSchedule("tick", by: Operator("ada"))
                }
            }
        }

        @Test func `while a job of it has not finished its slots are skipped, and the ledger says for which`()
            async throws
        {
            try await withSchedules { bed in
                _ = try await start(bed, overlap: .skip)
                try await bed.work()
                for _ in 2...3 {
                    try await bed.clock.advance(by: .seconds(1))
                    try await bed.work()
                }
                #expect(try await bed.jobs().count == 1)
                #expect(try await bed.story() == ["fired 1", "skipped 2", "skipped 3"])
                #expect(try await bed.ledger().last?.why == "mail/tick.20261123T120001Z has not finished")
                let job = try await bed.queue.claimOne()
                try await bed.clock.advance(by: .seconds(1))
                try await bed.work()
                _ = try await bed.queue.finish(job)
                try await bed.clock.advance(by: .seconds(1))
                try await bed.work()
                #expect(try await bed.story().suffix(2) == ["skipped 4", "fired 5"])
                #expect(try await bed.fields()["open"] == "mail/tick.20261123T120005Z")
            }
        }

        @Test func `a splay shifts the firing and not the slot`() async throws {
            try await withSchedules { bed in
                let schedule = try bed.make("tick", "* * * * *", splay: .seconds(30))
                #expect((1..<30_000).contains(schedule.offsetMilliseconds))
                try await bed.set(schedule)
                try await bed.work()
                #expect(
                    try await bed.working.due(limit: 500).next == .milliseconds(60_000 + schedule.offsetMilliseconds)
                )
                try await bed.clock.advance(by: .milliseconds(60_000 + schedule.offsetMilliseconds - 1))
                try await bed.work()
                #expect(try await bed.jobs().isEmpty)
                try await bed.clock.advance(by: .milliseconds(1))
                try await bed.work()
                #expect(try await bed.jobs() == ["tick.20261123T120100Z"])
                #expect(try await bed.ledger().first?.late == .zero)
            }
        }

        @Test func `one that is held stays as it is and is looked at later`() async throws {
            try await withSchedules { bed in
                let term = try await start(bed)
                let due = try #require(try await bed.working.due(limit: 500).schedules.first)
                let before = try await bed.fields()
                #expect(try await bed.fire([Firing(due, .hold(.seconds(60)))], term: term) == .decided(["held"]))
                #expect(try await bed.fields() == before)
                #expect(try await bed.working.due(limit: 500).next == .seconds(60))
                try await bed.clock.advance(by: .seconds(60))
                try await bed.work()
                #expect(try await bed.story() == ["skipped 1-60", "fired 61"])
            }
        }

        @Test func `while a thousand jobs wait for their queues no slot is fired`() async throws {
            try await withSchedules { bed in
                let term = try await start(bed)
                for _ in 0..<1000 { _ = try await bed.queue.send("RPUSH", bed.store.keys.pending, "x") }
                try await bed.queue.expectUnchanged(.full) {
                    try await bed.fire(try await bed.plan(), term: term)
                }
                await #expect(throws: JobError.self) {
                    try await bed.inspector.runSchedule("tick", by: Operator("ada"))
                }
                try await bed.deliver()
                #expect(try await bed.fire(try await bed.plan(), term: term) == .decided(["fired"]))
            }
        }

        @Test(arguments: [
            "", "x", "{}", #"{"name":"a"}"#, #"{"name":"a","revision":"1","slots":[],"offset":"0"}"#,
            #"{"name":"a","revision":"1","slots":[{"slot":1}],"offset":0}"#,
            #"{"name":"a","revision":"1","slots":[{"slot":1,"kind":"fired"}],"offset":0}"#,
            #"{"name":"a","revision":"1","slots":[{"slot":1,"kind":"fired","job":"q/a","entry":"x"}],"offset":0}"#,
            #"{"name":"a","revision":"1","slots":[],"offset":0,"next":1}"#,
            #"{"name":"a","slots":[],"offset":0}"#, #"{"name":"a","revision":1,"slots":[],"offset":0}"#,
        ])
        func `what is no schedule is refused before anything is written`(call: String) async throws {
            try await withSchedules { bed in
                let term = try await start(bed)
                let good = try #require(try await bed.plan().first)
                try await bed.queue.expectUnchanged {
                    let reply = try await bed.run(
                        .fire,
                        ["ada", RedisArgument(term), RedisArgument(good.json), RedisArgument(call)]
                    )
                    #expect(reply.first == "invalid")
                }
            }
        }

        @Test func `the ledger keeps a thousand lines`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make(catchUp: .all(limit: 1000)))
                try await bed.clock.advance(by: .seconds(1000))
                try await bed.work()
                try await bed.clock.advance(by: .seconds(3))
                try await bed.work()
                let ledger = try await bed.ledger()
                #expect(ledger.count == 1000)
                #expect(ledger.last?.slot == TestSchedules.time(1_003_000))
                #expect(ledger.first?.slot == TestSchedules.time(4000))
            }
        }
    }
}
