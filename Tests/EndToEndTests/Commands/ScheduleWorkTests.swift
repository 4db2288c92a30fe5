import Martlet
import MartletTesting
import RedisClient
import Testing

/// Schedules of `martlet.yaml` under workers: they fire, and what an operator did outlives a restart.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ScheduleWorkTests {
    private static let yaml = """
        jobs:
          tick:
            command: ['true']
        schedules:
          beat:
            cron: '* * * * * *'
            job: tick
            overlap: allow
          nightly:
            cron: 'H 3 * * *'
            zone: Europe/Berlin
            job: tick
            payload: {pages: 7}
        """

    @Test func `each second is a slot with a job, and leader, list and ledger tell of it`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker(Self.yaml)
            try await eventually("three slots have fired", within: .seconds(60)) {
                try await stage.inspector.slots(of: "beat").count >= 3
            }
            let slots = try await stage.inspector.slots(of: "beat")
            #expect(slots.allSatisfy { $0.kind == .fired || $0.kind == .caughtUp })
            let seconds = slots.compactMap(\.slot?.milliseconds)
            #expect(zip(seconds, seconds.dropFirst()).allSatisfy { $0 - $1 == 1000 })
            let last = try #require(slots.last?.job)
            let job = try await stage.wait(for: last, .successful)
            #expect(job.schedule == "beat")
            #expect(job.slot == slots.last?.slot)

            #expect(try await stage.martlet("leader", "show").status == 0)
            let list = try await stage.martlet("schedule", "list").output
            #expect(list.contains("every second, UTC") && !list.contains("Nobody leads"))
            #expect(list.contains("Europe/Berlin  in "))
            let ledger = try await stage.martlet("schedule", "slots", "beat").output
            #expect(ledger.contains("\(last)"))
            #expect(ledger.contains("fired"))

            for _ in 1...5 {
                let doctor = try await stage.martlet("doctor").output
                #expect(doctor.contains("2 schedules, none late") && !doctor.contains("fires nothing"), "\(doctor)")
            }

            worker.signal(15)
            #expect(try await worker.ended().status == 0)
            #expect(try await stage.martlet("leader", "show").status == 3)
        }
    }

    @Test func `a pause and an edit stand when workers start again with the old declaration`() async throws {
        try await withStage { stage in
            let first = try await stage.worker(Self.yaml)
            try await eventually("the schedules are there") { try await stage.inspector.scheduleCount() == 2 }
            #expect(try await stage.martlet("schedule", "pause", "beat").status == 0)
            #expect(try await stage.martlet("schedule", "set", "nightly", "--cron", "30 4 * * *").status == 0)
            first.signal(15)
            _ = try await first.ended()

            let before = try await stage.inspector.slots(of: "beat").count
            _ = try await stage.worker(Self.yaml)
            try await eventually("there is a leader") { try await stage.inspector.leader() != nil }
            let run = try await stage.martlet("schedule", "run", "beat")
            try await stage.wait(for: JobID(String(run.output.dropLast())), .successful)
            let show = try await stage.martlet("schedule", "show", "nightly").output
            #expect(show.contains("when:         at 04:30, every day, Europe/Berlin\n"), "\(show)")
            #expect(show.contains("cron   30 4 * * *  H 3 * * *"), "\(show)")
            #expect(try await stage.martlet("schedule", "show", "beat").output.contains("status:       Paused\n"))
            // The manual run alone came to the ledger.
            let slots = try await stage.inspector.slots(of: "beat")
            #expect(slots.count == before + 1)
            #expect(slots.first?.kind == .manual)

            #expect(try await stage.martlet("schedule", "resume", "beat").status == 0)
            try await eventually("it fires by its cron again", within: .seconds(60)) {
                try await stage.inspector.slots(of: "beat").first?.kind == .fired
            }
        }
    }

    @Test func `with --no-scheduler a worker never leads, and works on what others fire`() async throws {
        try await withStage { stage in
            _ = try await stage.worker(Self.yaml, "--no-scheduler")
            try await eventually("the schedules are there") { try await stage.inspector.scheduleCount() == 2 }
            let run = try await stage.martlet("schedule", "run", "nightly")
            try await stage.wait(for: JobID(String(run.output.dropLast())), .successful)
            #expect(try await stage.martlet("leader", "show").status == 3)
            #expect(try await stage.inspector.slots(of: "beat").isEmpty)
        }
    }

    @Test func `slots that are decided ahead are warned of, with the way out, unless it is a matter of seconds`()
        async throws
    {
        try await withStage { stage in
            let made = ["--cron", "* * * * *", "--type", "tick", "--queue", "mail"]
            #expect(try await stage.martlet(["schedule", "set", "beat"] + made).status == 0)
            func doctor(ahead: Int64) async throws -> String {
                let slot = RedisArgument(try await stage.inspector.now().milliseconds + ahead)
                let key = RedisArgument(stage.jobs.store.keys.schedule("beat"))
                _ = try await stage.redis.send(RedisCommand("HSET", [key, "last_slot", slot]))
                let ended = try await stage.martlet("doctor")
                #expect(ended.status == 0, "\(ended.output)")
                return ended.output
            }
            #expect(try await !doctor(ahead: 3000).contains("fires nothing"))
            let told = try await doctor(ahead: 7_200_000)
            #expect(told.contains("warning  schedule beat fires nothing for "), "\(told)")
            #expect(told.contains(": Redis's clock was ahead, and slots until then are decided"))
            #expect(told.contains("martlet schedule pause beat, then resume, lets it go on from now"))
            #expect(try await stage.martlet("schedule", "pause", "beat").status == 0)
            #expect(try await stage.martlet("schedule", "resume", "beat").status == 0)
            #expect(try await !stage.martlet("doctor").output.contains("fires nothing"))
        }
    }

    @Test func `programs that disagree on a schedule are named, for as long as they do`() async throws {
        try await withStage { stage in
            let store = stage.jobs.store
            func declared(_ cron: String, by id: String, started: Int? = nil) async throws -> Int {
                let schedule = try Schedule("nightly", cron: cron, type: "tick", json: "{}")
                return try await store.declare([schedule], by: DeclaringProgram(id: id, started: started)).started
            }
            func told() async throws -> (doctor: String, show: String) {
                let doctor = try await stage.martlet("doctor")
                #expect(doctor.status == 0, "\(doctor.output)")
                return (doctor.output, try await stage.martlet("schedule", "show", "nightly").output)
            }
            let first = try await declared("0 3 * * *", by: "old")
            try await eventually("Redis's clock has moved on") {
                try await Int(stage.inspector.now().milliseconds) > first
            }
            let second = try await declared("0 4 * * *", by: "new")
            #expect(second > first)
            #expect(try await !told().doctor.contains("disagree"))
            _ = try await declared("0 3 * * *", by: "old", started: first)
            let apart = try await told()
            let line = apart.doctor.split(separator: "\n").first { $0.contains("disagree") } ?? ""
            #expect(line.hasPrefix("warning  programs disagree on schedule nightly: what worker new declares holds, "))
            #expect(line.contains("since it started last; worker old declares it differently"))
            #expect(line.contains("stop the older release, or give both the same schedule"), "\(apart.doctor)")
            #expect(apart.show.contains(/but not by: +worker old, which started earlier and differs/), "\(apart.show)")
            _ = try await declared("0 4 * * *", by: "old", started: first)
            let together = try await told()
            #expect(!together.doctor.contains("disagree") && !together.show.contains("but not by"), "\(together)")
        }
    }
}
