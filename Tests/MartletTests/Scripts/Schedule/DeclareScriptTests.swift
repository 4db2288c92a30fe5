import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct DeclareScriptTests {
        @Test func `a declaration makes a schedule whose first slot is after now`() async throws {
            try await withSchedules { bed in
                #expect(try await bed.working.declare([bed.make("tick", "0 12 * * *")], by: .test).words == ["new"])
                let record = try #require(try await bed.inspector.schedule("tick"))
                #expect(record.isDeclared)
                #expect(record.values == record.declaredValues)
                try await bed.work()
                #expect(try await bed.fields()["slot"] == "\(TestSchedules.noon + 86_400_000)")
                #expect(try await bed.jobs().isEmpty)
            }
        }

        @Test func `the same declaration again changes nothing but when it was heard`() async throws {
            try await withSchedules { bed in
                let schedules = [try bed.make("a"), try bed.make("b")]
                #expect(try await bed.working.declare(schedules, by: .test).words == ["new", "new"])
                try await bed.work()
                try await bed.queue.expectUnchanged(["unchanged", "unchanged"]) {
                    try await bed.working.declare(schedules, by: .test).words
                }
                try await bed.clock.advance(by: .milliseconds(500))
                let before = try await bed.fields("a")
                _ = try await bed.working.declare(schedules, by: .test)
                #expect(try await bed.fields("a") == before)
                let heard = try await bed.queue.send("ZSCORE", bed.store.keys.declared, "a").string
                #expect(heard == "\(TestSchedules.noon + 500)")
            }
        }

        @Test func `a new release's declaration takes effect from now on`() async throws {
            try await withSchedules { bed in
                _ = try await bed.working.declare(
                    [bed.make("tick", "0 13 * * *", options: JobOptions(priority: 1))],
                    by: .test
                )
                try await bed.work()
                let changed = try bed.make("tick", "30 12 * * *", options: JobOptions(object: "disk/1"))
                #expect(try await bed.working.declare([changed], by: .test).words == ["changed"])
                try await bed.work()
                #expect(try await bed.fields()["slot"] == "\(TestSchedules.noon + 1_800_000)")
                let record = try #require(try await bed.inspector.schedule("tick"))
                #expect(record.schedule == changed)
                #expect(record.edited.isEmpty)
                // A change that does not concern the times leaves the next slot alone.
                try await bed.clock.advance(by: .seconds(60))
                let before = try await bed.fields()["since"]
                _ = try await bed.working.declare([try bed.make("tick", "30 12 * * *", overlap: .skip)], by: .test)
                #expect(try await bed.fields()["since"] == before)
            }
        }

        @Test func `a pause and an edited cron survive declarations, and both values are told`() async throws {
            try await withSchedules { bed in
                let declared = try bed.make("tick", "0 13 * * *")
                _ = try await bed.working.declare([declared], by: .test)
                #expect(
                    try await bed.inspector.setSchedule("tick", ScheduleEdit(cron: "0 4 * * *"), by: Operator("ada"))
                        == .changed
                )
                try await bed.inspector.pauseSchedule("tick", by: Operator("ada"))
                for _ in 1...2 {
                    try await bed.clock.advance(by: .seconds(60))
                    #expect(try await bed.working.declare([declared], by: .test).words == ["unchanged"])
                }
                let newer = try bed.make("tick", "0 14 * * *", zone: "Europe/Berlin")
                #expect(try await bed.working.declare([newer], by: .test).words == ["changed"])
                let record = try #require(try await bed.inspector.schedule("tick"))
                #expect(record.pausedAt == TestSchedules.time(0))
                #expect((record.values[.cron], record.declaredValues[.cron]) == ("0 4 * * *", "0 14 * * *"))
                #expect((record.values[.zone], record.edited) == ("Europe/Berlin", [.cron]))
                #expect(try await bed.working.due(limit: 500).next == nil)
            }
        }

        @Test func `an edit ends where it says what the declaration says`() async throws {
            try await withSchedules { bed in
                let declared = try bed.make("tick", "0 13 * * *")
                _ = try await bed.working.declare([declared], by: .test)
                try await bed.inspector.setSchedule(
                    "tick",
                    ScheduleEdit(cron: "0 4 * * *", overlap: .skip),
                    by: Operator("ada")
                )
                #expect(try await bed.inspector.schedule("tick")?.edited == [.cron, .overlap])
                try await bed.inspector.setSchedule("tick", ScheduleEdit(cron: "0 13 * * *"), by: Operator("ada"))
                #expect(try await bed.inspector.schedule("tick")?.edited == [.overlap])
                _ = try await bed.working.declare([try bed.make("tick", "0 15 * * *", overlap: .skip)], by: .test)
                let record = try #require(try await bed.inspector.schedule("tick"))
                #expect(record.edited.isEmpty)
                #expect(record.values[.cron] == "0 15 * * *")
            }
        }

        @Test func `what an operator made and a program then declares keeps the operator's values`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make("tick", "0 4 * * *"))
                #expect(
                    try await bed.working.declare([try bed.make("tick", "0 13 * * *")], by: .test).words == [
                        "unchanged"
                    ]
                )
                let record = try #require(try await bed.inspector.schedule("tick"))
                #expect(record.isDeclared)
                #expect((record.values[.cron], record.declaredValues[.cron]) == ("0 4 * * *", "0 13 * * *"))
                #expect(record.edited == [.cron])
            }
        }

        @Test func `one that nobody declares is disabled, and goes on with its declaration`() async throws {
            try await withSchedules { bed in
                let schedule = try bed.make("tick", "0 * * * *")
                _ = try await bed.working.declare([schedule, try bed.make("kept", "0 * * * *")], by: .test)
                try await bed.work()
                let term = try await bed.lead()
                try await bed.clock.advance(by: .seconds(301))
                #expect(try await bed.redeclare("kept") == [])
                let silent = try await bed.working.undeclared(before: TestSchedules.noon + 1000)
                #expect(silent == ["tick": TestSchedules.noon])
                try await bed.queue.expectUnchanged {
                    let late = try await bed.working.undeclare(
                        ["tick": TestSchedules.noon - 1],
                        leader: "ada",
                        term: term
                    )
                    #expect(late == [])
                    let deposed = try await bed.working.undeclare(silent, leader: "bob", term: term)
                    #expect(deposed == nil)
                }
                #expect(try await bed.working.undeclare(silent, leader: "ada", term: term) == ["tick"])
                #expect(try await bed.working.undeclare(silent, leader: "ada", term: term) == [])
                let record = try #require(try await bed.inspector.schedule("tick"))
                #expect(record.disabledReason == "undeclared since \(TestSchedules.noon)")
                try await bed.clock.advance(by: .seconds(7200))
                try await bed.work()
                #expect(try await bed.jobs().isEmpty)
                // A program that was cut off is told to declare the schedule again.
                #expect(try await bed.redeclare("tick", "kept") == ["tick"])
                #expect(try await bed.working.declare([schedule], by: .test).words == ["enabled"])
                try await bed.work()
                try await bed.clock.advance(by: .seconds(3600))
                try await bed.work()
                // Slots that passed while the schedule was disabled are not caught up with.
                #expect(try await bed.story() == ["caught up 10800"])
            }
        }

        @Test func `one that an operator removed is not brought back by being declared still`() async throws {
            try await withSchedules { bed in
                let schedule = try bed.make()
                _ = try await bed.working.declare([schedule], by: .test)
                #expect(try await bed.inspector.removeSchedule("tick", by: Operator("ada")))
                try await bed.queue.expectUnchanged([]) {
                    try await bed.redeclare("tick", started: TestSchedules.noon)
                }
                #expect(try await bed.working.declare([schedule], by: .test).words == ["new"])
            }
        }

        @Test func `what Redis lost or another program changed is declared anew by whoever lives`() async throws {
            try await withSchedules { bed in
                let program = DeclaringProgram(id: "p", started: TestSchedules.noon)
                let declared = try await bed.working.declare([try bed.make("a"), try bed.make("b")], by: program)
                let known = Dictionary(uniqueKeysWithValues: zip(["a", "b"], declared.revisions))
                func different() async throws -> [String] {
                    try await bed.working.redeclare(known, by: program).sorted()
                }
                #expect(try await different() == [])
                for name in ["a", "b"] {
                    _ = try await bed.queue.send("DEL", bed.store.keys.schedule(name), bed.store.keys.slots(name))
                    for key in [bed.store.keys.schedules, bed.store.keys.declared, bed.store.keys.due] {
                        _ = try await bed.queue.send("ZREM", key, name)
                    }
                }
                #expect(try await different() == ["a", "b"])
                _ = try await bed.working.declare([try bed.make("a"), try bed.make("b")], by: program)
                // Every revision is new, even where the values are as before.
                #expect(try await different() == ["a", "b"])
                try await bed.inspector.removeSchedule("a", by: Operator("ada"))
                #expect(try await different() == ["b"])
                let words = try await bed.working.declare([try bed.make("a")], by: program).words
                #expect(words == ["removed"])
                try await bed.clock.advance(by: .seconds(1))
                let restarted = try await bed.working.declare([try bed.make("a")], by: DeclaringProgram(id: "q"))
                #expect(restarted.words == ["new"])
            }
        }

        @Test(arguments: [true, false])
        func `of living programs that differ the one that started last holds, and then the other one`(
            isStopped: Bool
        ) async throws {
            try await withSchedules { bed in
                let (mine, theirs) = (try bed.make("tick", "0 3 * * *"), try bed.make("tick", "0 4 * * *"))
                var new = DeclaringProgram(id: "new")
                let first = try await bed.working.declare([mine], by: new)
                new.started = first.started
                try await bed.clock.advance(by: .seconds(10))
                // The old release is started once more, so it is the one that started last.
                var old = DeclaringProgram(id: "old")
                let second = try await bed.working.declare([theirs], by: old)
                #expect(second.words == ["changed"])
                old.started = second.started
                try await bed.clock.advance(by: .seconds(50))
                #expect(try await bed.working.redeclare(["tick": first.revisions[0]], by: new) == ["tick"])
                #expect(try await bed.working.declare([mine], by: new).words == ["other"])
                var record = try #require(try await bed.inspector.schedule("tick"))
                #expect((record.values[.cron], record.declaredBy, record.disputedBy) == ("0 4 * * *", "old", "new"))
                if isStopped {
                    _ = try await bed.working.redeclare([:], by: old, stops: true)
                } else {
                    try await bed.clock.advance(by: .seconds(101))
                }
                #expect(try await bed.working.declare([mine], by: new).words == ["changed"])
                record = try #require(try await bed.inspector.schedule("tick"))
                #expect((record.values[.cron], record.declaredBy, record.disputedBy) == ("0 3 * * *", "new", nil))
            }
        }

        @Test func `one that an older leader disabled is enabled by the programs that declare it`() async throws {
            try await withSchedules { bed in
                let revision = try await bed.working.declare([try bed.make()], by: .test).revisions[0]
                _ = try await bed.queue.send("HSET", bed.store.keys.schedule("tick"), "disabled_at", "1")
                let program = DeclaringProgram(id: "test", started: TestSchedules.noon)
                #expect(try await bed.working.redeclare(["tick": revision], by: program) == ["tick"])
                #expect(try await bed.working.declare([try bed.make()], by: program).words == ["enabled"])
            }
        }

        @Test(arguments: [
            "", "[]", "{}", #"{"name":"a"}"#, #"{"name":"a b"}"#, #"{"name":7}"#,
        ])
        func `what is no declaration is refused, and with it all of the call`(text: String) async throws {
            try await withSchedules { bed in
                let good =
                    ##"{"name":"good","cron":"* * * * *","zone":"UTC","type":"t","payload":"{}","queue":"q","object":"","options":"","splay_ms":"0","catch_up":"latest","overlap":"skip"}"##
                try await bed.queue.expectUnchanged {
                    let reply = try await bed.run(.declare, ["p", "", RedisArgument(good), RedisArgument(text)])
                    #expect(reply.first == "invalid")
                }
                for (field, value) in [
                    ("cron", ""), ("zone", ""), ("type", "a b"), ("queue", ""), ("splay_ms", "-1"),
                    ("splay_ms", "\(Schedule.mostSplay.milliseconds + 1)"), ("overlap", "never"), ("catch_up", "some"),
                ] {
                    let bad = try #require(JSONValue(good))
                    guard case .object(var fields) = bad else { return }
                    fields[field] = .string(value)
                    let pairs = fields.map { name, value -> String in
                        guard case .string(let text) = value else { return "" }
                        return "\(JSONText.quoted(name)):\(JSONText.quoted(text))"
                    }
                    let reply = try await bed.run(
                        .declare,
                        ["p", "", RedisArgument("{\(pairs.joined(separator: ","))}")]
                    )
                    #expect(Array(reply.prefix(3)) == ["invalid", field, value])
                }
                #expect(try await bed.run(.declare, ["p", "", RedisArgument(good)]).dropFirst(2).first == "new")
            }
        }
    }
}
