import Martlet
import MartletTesting
import RedisClient
import Testing

/// `martlet schedule` and `martlet leader`, without a worker: what operators see and change.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ScheduleTests {
    @Test func `a schedule is made, changed and left alone`() async throws {
        try await withStage { stage in
            let set = ["schedule", "set", "nightly"]
            let made = try await stage.martlet(
                set + ["--cron", "0 3 * * 1-5", "--zone", "Europe/Berlin", "--type", "report.daily", "--payload", "-"],
                input: #"{"day":1}"#
            )
            #expect(made.errors.isEmpty)
            #expect(
                made.output.hasPrefix("nightly: created; at 03:00, Monday to Friday, Europe/Berlin; next run: in ")
            )

            let changed = try await stage.martlet(
                set + ["--queue", "reports", "--splay", "10m", "--catch-up", "all 5"]
            )
            #expect(changed.output.hasPrefix("nightly: changed; "))
            let same = try await stage.martlet(set + ["--queue", "reports"])
            #expect(same.output.hasPrefix("nightly: unchanged; "))

            let list = try await stage.martlet("schedule", "list")
            let lines = list.output.split(separator: "\n")
            #expect(lines.count == 3 && lines.last == "Nobody leads: no schedule fires.")
            #expect(
                lines.first?.split(separator: "  ").map { $0.trimmingPrefix(" ") }
                    == ["NAME", "WHEN", "NEXT RUN", "LAST STATUS", "LAST RUN", "TYPE"]
            )
            #expect(lines[1].contains("at 03:00, Monday to Friday, Europe/Berlin  in "))
            #expect(lines[1].hasSuffix("  report.daily"))

            let show = try await stage.martlet("schedule", "show", "nightly", "--json")
            guard case .object(let fields) = JSONValue(show.output) else { throw Mishap("no JSON: \(show.output)") }
            #expect(fields["payload"] == .object(["day": .integer(1)]))
            #expect(fields["queue"] == .string("reports"))
            #expect(fields["splay_ms"] == .integer(600_000))
            #expect(fields["catch_up"] == .string("all 5"))
            #expect(fields["status"] == .string("Enabled"))
            #expect(fields["declared"] == .bool(false))
        }
    }

    @Test func `a zone beside an interval is taken, with a word on what it means`() async throws {
        try await withStage { stage in
            for times in [["--every", "17h"], ["--cron", "@every 17h"]] {
                let set = ["schedule", "set", "poll", "--type", "x"] + times
                let said = try await stage.martlet(set + ["--zone", "Europe/Berlin"])
                #expect(said.status == 0)
                #expect(said.errors.contains("the zone only decides how its times are shown"), "\(said.errors)")
                #expect(try await stage.martlet(set).errors.isEmpty)
            }
        }
    }

    @Test func `who sets a schedule whose next slots are decided is told so, and what to do`() async throws {
        try await withStage { stage in
            let set = ["schedule", "set", "poll", "--type", "x", "--cron", "* * * * *", "--payload"]
            #expect(try await stage.martlet(set + ["1"]).errors.isEmpty)
            let key = RedisArgument(stage.jobs.store.keys.schedule("poll"))
            let later = RedisArgument(try await stage.inspector.now().milliseconds + 7_200_000)
            _ = try await stage.redis.send(RedisCommand("HSET", [key, "last_slot", later]))
            let said = try await stage.martlet(set + ["2"])
            #expect(said.output.hasPrefix("poll: changed; "))
            #expect(said.errors.contains("schedule poll fires nothing for "), "\(said.errors)")
            #expect(said.errors.contains("martlet schedule pause poll, then resume, lets it go on from now"))
        }
    }

    @Test func `a paused schedule says so, runs by hand, and fires when it is resumed; the ledger has both`()
        async throws
    {
        try await withStage { stage in
            _ = try await stage.martlet("schedule", "set", "poll", "--cron", "0 0 1 1 *", "--type", "x")
            let pause = try await stage.martlet("schedule", "pause", "poll", "other")
            #expect(pause.status == 1)
            #expect(pause.output == "poll: paused\n")
            #expect(pause.errors == "there is no schedule other\n")
            let again = try await stage.martlet("schedule", "pause", "poll")
            #expect((again.status, again.errors) == (0, "poll: was paused before; nothing was changed\n"))
            #expect(try await stage.martlet("schedule", "list").output.contains("  Paused  "))

            let run = try await stage.martlet("schedule", "run", "poll")
            let job = try JobID(String(run.output.dropLast()))
            #expect(try await stage.record(job).state == .waiting)
            #expect(try await stage.martlet("schedule", "list").output.contains("  Paused    Waiting to run  "))
            #expect(try await stage.martlet("job", "show", "\(job)").output.contains("schedule:     poll\n"))

            let resumed = try await stage.martlet("schedule", "resume", "poll")
            #expect(resumed.output.hasPrefix("poll: resumed; fired default/poll."))
            let none = try await stage.martlet("schedule", "resume", "poll")
            #expect((none.status, none.errors) == (0, "poll: was neither paused nor disabled; nothing was changed\n"))
            #expect(try await stage.inspector.counts(queue: "default")[.waiting] == 2)

            let audit = try await stage.inspector.audit().filter { $0.scope == "poll" }
            #expect(
                audit.map(\.action).reversed() == [
                    "schedule set", "schedule pause", "schedule pause", "schedule run", "schedule resume",
                    "schedule resume",
                ]
            )
            #expect(audit.map(\.done).reversed() == [1, 1, 0, 1, 1, 0])

            let slots = try await stage.martlet("schedule", "slots", "poll").output.split(separator: "\n")
            #expect(slots.count == 3)
            #expect(slots[1].contains("resumed") && slots[1].contains("default/poll."))
            #expect(slots[2].contains("manual") && slots[2].contains("\(job)"))
            let json = try await stage.martlet("schedule", "slots", "poll", "--json", "--limit", "1").output
            #expect(json.contains(#""kind":"resumed""#) && json.split(separator: "\n").count == 1)
        }
    }

    @Test func `an edit and a pause outlive a declaration, and both values are told`() async throws {
        try await withStage { stage in
            let declared = try Schedule("nightly", cron: "0 3 * * *", zone: "Europe/Berlin", type: "x")
            _ = try await stage.jobs.store.declare([declared], by: .test)
            _ = try await stage.martlet("schedule", "set", "nightly", "--cron", "30 4 * * *", "--priority", "7")
            _ = try await stage.martlet("schedule", "pause", "nightly")
            _ = try await stage.jobs.store.declare([declared], by: .test)

            let show = try await stage.martlet("schedule", "show", "nightly").output
            #expect(show.contains("status:       Paused\n"))
            #expect(show.contains("when:         at 04:30, every day, Europe/Berlin\n"))
            #expect(show.contains("origin:       declared by a program\n"))
            #expect(show.contains("FIELD    EDITED          DECLARED\ncron     30 4 * * *      0 3 * * *\n"), "\(show)")
            #expect(show.contains(#"options  {"priority":7}  -"#), "\(show)")
            let json = try await stage.martlet("schedule", "show", "nightly", "--json").output
            #expect(json.contains(#""declared_cron":"0 3 * * *""#))

            let remove = try await stage.martlet("schedule", "remove", "nightly")
            #expect(remove.errors.contains("nightly: a program declares it, and will bring it back\n"))
        }
    }

    @Test func `a schedule that no program declares any more says since when`() async throws {
        try await withStage { stage in
            let store = stage.jobs.store
            _ = try await store.declare([Schedule("old", cron: "@hourly", type: "x")], by: .test)
            guard case .leading(let term, _) = try await store.lead("w1", lease: .seconds(10)) else {
                throw Mishap("nobody leads")
            }
            let since = try await store.undeclared(before: .max / 2048)
            #expect(try await store.undeclare(since, leader: "w1", term: term) == ["old"])
            #expect(try await stage.martlet("schedule", "list").output.contains("  Disabled  "))
            let show = try await stage.martlet("schedule", "show", "old").output
            #expect(show.contains("status:       Disabled\n"))
            #expect(show.contains("reason:       no program has declared it since 20"), "\(show)")
        }
    }

    @Test func `what somebody else wrote is shown as it is, with what is wrong`() async throws {
        try await withStage { stage in
            _ = try await stage.martlet("schedule", "set", "odd", "--cron", "@daily", "--type", "x")
            let key = RedisArgument(stage.jobs.store.keys.schedule("odd"))
            _ = try await stage.redis.send(RedisCommand("HSET", [key, "cron", "\u{1b}[2J"]))
            let list = try await stage.martlet("schedule", "list").output
            #expect(list.contains(#"\u{1b}[2J  Invalid"#), "\(list)")
            let show = try await stage.martlet("schedule", "show", "odd").output
            #expect(show.contains("status:       Invalid\n"))
            #expect(show.contains("problem:      schedule odd: cron expression: "))
            let preview = try await stage.martlet("schedule", "preview", "odd")
            #expect(preview.status == 1)
            #expect(!(list + show + preview.errors).contains("\u{1b}"))
        }
    }

    @Test func `removing wants --yes`() async throws {
        try await withStage { stage in
            _ = try await stage.martlet("schedule", "set", "a", "--cron", "@daily", "--type", "x")
            let asked = try await stage.martlet("schedule", "remove", "a", "b")
            #expect(asked.status == 1)
            #expect(asked.output.isEmpty)
            #expect(asked.errors == "there is no schedule b\nTo remove 1 schedule, add --yes.\n")
            #expect(try await stage.martlet("schedule", "remove", "a").status == 64)
            let done = try await stage.martlet("schedule", "remove", "a", "--yes")
            #expect(done.status == 0)
            #expect(done.output == "a: removed\n")
            let none = try await stage.martlet("schedule", "list")
            #expect(none.status == 3)
            #expect(
                none.errors.hasPrefix("no schedules: martlet schedule set makes one, and so does a program that starts")
            )
            #expect(try await stage.martlet("schedule", "show", "a").status == 3)
            #expect(try await stage.martlet("schedule", "slots", "a").status == 3)
            #expect(try await stage.martlet("schedule", "preview", "a").status == 3)
            #expect(try await stage.martlet("schedule", "remove", "a", "--yes").status == 3)
        }
    }

    @Test func `the leader is named and hands over`() async throws {
        try await withStage { stage in
            let none = try await stage.martlet("leader", "show")
            #expect(none.status == 3)
            #expect(none.errors.hasPrefix("nobody leads: no schedule fires"))
            #expect(try await stage.martlet("leader", "resign").status == 3)

            _ = try await stage.jobs.store.lead("w1", lease: .seconds(30))
            let show = try await stage.martlet("leader", "show").output.split(separator: "\n")
            #expect(show.last?.hasPrefix("w1      1     ") == true, "\(show)")
            #expect(try await stage.martlet("leader", "show", "--json").output.contains(#""term":1,"worker":"w1""#))
            #expect(try await stage.martlet("leader", "resign").output == "w1: leads no more\n")
            #expect(try await stage.martlet("leader", "show").status == 3)
        }
    }
}
