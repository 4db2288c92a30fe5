import Martlet
import Testing

@Suite struct ScheduleTests {
    private struct Greet: Job {
        static let jobType = "greet"
        static let options = JobOptions(queue: "mail", maxRetries: 2)
        var name = "ada"
    }

    @Test func `a schedule of a job takes type, payload and options from it`() throws {
        let schedule = try Schedule(
            "s",
            cron: "@daily",
            zone: "Europe/Berlin",
            job: Greet(),
            options: JobOptions(priority: 3)
        )
        #expect((schedule.type, schedule.payload, schedule.queue) == ("greet", #"{"name":"ada"}"#, "mail"))
        #expect((schedule.options.maxRetries, schedule.options.priority) == (2, 3))
        #expect((schedule.zone.identifier, schedule.catchUp, schedule.overlap) == ("Europe/Berlin", .latest, .skip))
    }

    @Test(arguments: [
        ("", "* * * * *", "UTC", "t", "{}", "schedule:"),
        ("a/b", "* * * * *", "UTC", "t", "{}", "schedule:"),
        (String(repeating: "x", count: 101), "* * * * *", "UTC", "t", "{}", "1 to 100"),
        ("s", "61 * * * *", "UTC", "t", "{}", "schedule s: cron minute: \"61\" at position 1"),
        ("s", "0 0 30 2 *", "UTC", "t", "{}", "schedule s: cron"),
        ("s", "* * * * *", "Mars/Base", "t", "{}", "schedule s: time zone: \"Mars/Base\""),
        ("s", "* * * * *", "UTC", "a b", "{}", "schedule s: type: \"a b\""),
        ("s", "* * * * *", "UTC", "t", "{", "schedule s: payload:"),
    ])
    func `what is not acceptable is refused with the field, the value and what would be right`(
        name: String,
        cron: String,
        zone: String,
        type: String,
        json: String,
        expected: String
    ) {
        let error = #expect(throws: JobError.self) {
            try Schedule(name, cron: cron, zone: zone, type: type, json: json)
        }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    @Test func `limits, splays and payloads have bounds`() {
        for (splay, catchUp, json) in [
            (Duration.seconds(604_801), CatchUp.latest, "{}"), (.milliseconds(-1), .latest, "{}"),
            (.zero, .all(limit: 0), "{}"), (.zero, .all(limit: 1001), "{}"),
            (.zero, .latest, "\"" + String(repeating: "x", count: 256 << 10) + "\""),
        ] {
            let error = #expect(throws: JobError.self) {
                try Schedule("s", cron: "* * * * *", type: "t", json: json, splay: splay, catchUp: catchUp)
            }
            #expect(error?.code == .invalid)
        }
    }

    @Test func `catch-up rules are read as they are written`() {
        for rule in [CatchUp.latest, .skip, .all(), .all(limit: 7)] { #expect(CatchUp(rule.description) == rule) }
        #expect(CatchUp("all") == .all(limit: 100))
        for text in ["", "all 0", "all 1001", "all x", "ALL", "latest "] { #expect(CatchUp(text) == nil) }
    }

    @Test func `a name is declared once`() throws {
        var schedules = Schedules()
        try schedules.add("s", cron: "@daily", job: Greet())
        let error = #expect(throws: JobError.self) { try schedules.add("s", cron: "@hourly", job: Greet()) }
        #expect(error?.message.contains("once") == true)
        #expect(schedules.all.map(\.cron.text) == ["@daily"])
    }

    @Test func `the id of a slot's job names schedule and instant, and is an id`() throws {
        let name = String(repeating: "x", count: 100)
        let schedule = try Schedule(name, cron: "@daily", type: "t")
        #expect(try PendingJob(schedule, slot: 1_795_435_201_000).id.local == "\(name).20261123T120001Z")
        #expect(try PendingJob(schedule, slot: 0).id.local == "\(name).19700101T000000Z")
        let ids = try (0..<1000).map { _ in try PendingJob(schedule, "resumed").id.local }
        #expect(Set(ids).count == 1000)
    }

    @Test func `a job is read as it is written, whatever its payload holds`() throws {
        let payload = #"{"text":"\"quoted\" \\ \n ü \u0000"}"#
        let options = JobOptions(queue: "mail", priority: -5, backoff: .seconds(2), object: "disk/\"1\"")
        let schedule = try Schedule("s", cron: "@daily", type: "t", json: payload, options: options)
        let job = try PendingJob(schedule, slot: 1000)
        let read = try #require(PendingJob(entry: "{\"sequence\":42,\(job.entry.dropFirst())"))
        #expect((read.id, read.schedule, read.sequence) == (job.id, "s", 42))
        #expect(String(decoding: read.job.payload, as: UTF8.self) == payload)
        let encoded = try #require(JSONValue(read.job.wireOptions.text))
        #expect(
            encoded
                == .object([
                    "sequence": .integer(42), "schedule": .string("s"), "slot": .integer(1000),
                    "priority": .integer(-5), "backoff_ms": .integer(2000), "object": .string("disk/\"1\""),
                ])
        )
        #expect(PendingJob(entry: job.entry) == nil)
        #expect(PendingJob(entry: "x") == nil)
    }

    @Test func `a line of the ledger is read as the scripts write it`() throws {
        let line = #"{"time":5,"kind":"caught up","slot":1000,"term":3,"late_ms":7,"job":"q/a"}"#
        let entry = try #require(SlotEntry(line))
        #expect(
            (entry.kind, entry.slot?.milliseconds, entry.late, entry.term) == (.caughtUp, 1000, .milliseconds(7), 3)
        )
        #expect(entry.job?.description == "q/a")
        #expect(SlotEntry(#"{"time":5,"kind":"vanished"}"#) == nil)
    }
}
