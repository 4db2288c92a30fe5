import Martlet
import Testing

/// `martlet schedule preview`.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct SchedulePreviewTests {
    private static let nowhere = ["MARTLET_REDIS_URL": "unix:///nowhere"]

    @Test func `an expression needs no Redis, and changes of the clocks are marked`() async throws {
        try await withStage { stage in
            let gap = try await stage.martlet(
                ["schedule", "preview", "--cron", "30 2 * * *", "--zone", "Europe/Berlin", "--count", "3"]
                    + ["--from", "2027-03-26T12:00:00Z"],
                environment: Self.nowhere
            )
            #expect(gap.errors == "at 02:30, every day, Europe/Berlin\n")
            #expect(
                gap.output == """
                    Europe/Berlin                   IN UTC                    CLOCKS
                    Sat 2027-03-27 02:30:00 +01:00  2027-03-27T01:30:00.000Z  \("")
                    Sun 2027-03-28 03:00:00 +02:00  2027-03-28T01:00:00.000Z  put forward; stands in for 02:30:00, \
                    which does not come
                    Mon 2027-03-29 02:30:00 +02:00  2027-03-29T00:30:00.000Z  \("")

                    """
            )
            let fold = try await stage.martlet(
                ["schedule", "preview", "--cron", "30 * * * *", "--zone", "America/New_York", "--count", "2", "--json"]
                    + ["--from", "2026-11-01T05:00:00Z"],
                environment: Self.nowhere
            )
            #expect(
                fold.output == """
                    {"change":"first of two","clock":"Sun 2026-11-01 01:30:00 -04:00","due_at":1793511000000,\
                    "time":1793511000000,"zone":"America/New_York"}
                    {"change":"second of two","clock":"Sun 2026-11-01 01:30:00 -05:00","due_at":1793514600000,\
                    "time":1793514600000,"zone":"America/New_York"}

                    """
            )
        }
    }

    @Test func `an interval is previewed by its length, as by its expression`() async throws {
        try await withStage { stage in
            let rest = ["--from", "2026-11-28T06:00:00Z", "--count", "2"]
            let every = try await stage.martlet(
                ["schedule", "preview", "--every", "17h", "--anchor", "2026-11-28T06:00:00Z"] + rest,
                environment: Self.nowhere
            )
            #expect(every.status == 0)
            #expect(
                every.output.contains("2026-11-28T23:00:00.000Z") && every.output.contains("2026-11-29T16:00:00.000Z")
            )
            let cron = try await stage.martlet(
                ["schedule", "preview", "--cron", "@every 17h from 2026-11-28T06:00:00Z"] + rest,
                environment: Self.nowhere
            )
            #expect((every.output, every.errors) == (cron.output, cron.errors))
        }
    }

    @Test func `a stored schedule is previewed in its zone, with what its name stands for`() async throws {
        try await withStage { stage in
            _ = try await stage.martlet(
                "schedule",
                "set",
                "nightly",
                "--cron",
                "H 3 * * *",
                "--zone",
                "Pacific/Chatham",
                "--type",
                "x",
                "--splay",
                "1h"
            )
            let minute = 46
            let stored = try await stage.martlet("schedule", "preview", "nightly", "--count", "2")
            #expect(stored.output.hasPrefix("Pacific/Chatham "))
            #expect(stored.output.contains(" 03:\(minute):00 +1"))
            #expect(stored.errors.contains("at 03:\(minute), every day, Pacific/Chatham\nfired "))

            let named = try await stage.martlet(
                ["schedule", "preview", "nightly", "--cron", "H 3 * * *"],
                environment: Self.nowhere
            )
            #expect(named.errors == "at 03:\(minute), every day, UTC\n")
            #expect(named.output.split(separator: "\n").count == 11)
            let unnamed = try await stage.martlet(
                ["schedule", "preview", "--cron", "H 3 * * THU"],
                environment: Self.nowhere
            )
            #expect(unnamed.errors.hasPrefix("note: H depends on the schedule's name; give that too\n"))

            _ = try await stage.martlet("schedule", "pause", "nightly")
            let paused = try await stage.martlet("schedule", "preview", "nightly", "--count", "1")
            #expect(paused.errors.hasPrefix("nightly: Paused; this is when it would be due\n"))
        }
    }
}
