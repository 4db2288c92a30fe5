import Martlet
import MartletTesting
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
}
