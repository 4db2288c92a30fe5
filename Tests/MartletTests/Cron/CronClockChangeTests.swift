import Foundation
import Martlet
import Testing

/// Cron where clocks are changed.
@Suite struct CronClockChangeTests {
    @Test(
        arguments: [
            ("30 2 * * *", ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
            ("*/10 2 29 3 *", ["2026-03-29T01:00:00Z", "2027-03-29T00:00:00Z"]),
            ("0,30 2,3 29 * *", ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-04-29T00:00:00Z"]),
            ("0 */2 29 3 *", ["2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"]),
            ("59 59 2 29 3 *", ["2026-03-29T01:00:00Z", "2027-03-29T00:59:59Z"]),
        ]
    )
    func `what is due in a gap is due once, at the first instant after it`(text: String, instants: [String]) throws {
        try expect(text, "Europe/Berlin", after: "2026-03-28T01:00:00Z", instants)
    }

    @Test func `what is due every hour needs no stand-in for the hour left out`() throws {
        try expect(
            "30 * * * *",
            "Europe/Berlin",
            after: "2026-03-29T00:00:00Z",
            ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z"]
        )
    }

    @Test(
        arguments: [
            ("30 2 * * *", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
            ("0,30 2 * * *", ["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:00:00Z"]),
            ("30 1-3 * * *", ["2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z"]),
            (
                "30 * 25 10 0",
                ["2026-10-24T22:30:00Z", "2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]
            ),
            (
                "*/30 2 * * *",
                ["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"]
            ),
            (
                "0 */2 * * *",
                ["2026-10-24T22:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T03:00:00Z"]
            ),
            (
                "0 0-23 * * *",
                ["2026-10-24T22:00:00Z", "2026-10-24T23:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"]
            ),
        ]
    )
    func `fixed times that occur twice are due the first time; a beat goes on`(text: String, instants: [String]) throws
    {
        try expect(text, "Europe/Berlin", after: "2026-10-24T21:30:00Z", instants)
    }

    @Test func `from within the second round of a fold the search goes on after it`() throws {
        try expect("45 2 * * *", "Europe/Berlin", after: "2026-10-25T01:10:00Z", ["2026-10-26T01:45:00Z"])
        try expect("*/45 2 25 10 *", "Europe/Berlin", after: "2026-10-25T01:10:00Z", ["2026-10-25T01:45:00Z"])
    }

    @Test func `half an hour is left out on Lord Howe`() throws {
        try expect(
            "15 2 * * *",
            "Australia/Lord_Howe",
            after: "2026-10-02T16:00:00Z",
            ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]
        )
    }

    @Test func `Apia had no 30 December 2011`() throws {
        let before = "2011-12-29T20:00:00Z"
        try expect("0 3 30 12 *", "Pacific/Apia", after: before, ["2011-12-30T10:00:00Z", "2012-12-29T13:00:00Z"])
        try expect("0 * 30 12 *", "Pacific/Apia", after: before, ["2011-12-30T10:00:00Z", "2012-12-29T10:00:00Z"])
        try expect("0 3 * * *", "Pacific/Apia", after: before, ["2011-12-30T10:00:00Z", "2011-12-30T13:00:00Z"])
        try expect("0 3 L 12 *", "Pacific/Apia", after: before, ["2011-12-30T13:00:00Z"])
    }

    @Test func `the result is a whole second after the instant, and never the instant itself`() throws {
        let cron = try Cron("* * * * * *", name: "n")
        #expect(cron.next(after: 1000, in: .utc) == 2000)
        #expect(cron.next(after: 1001, in: .utc) == 2000)
        #expect(cron.next(after: 1999, in: .utc) == 2000)
        #expect(cron.next(after: -5, in: .utc) == 0)
        #expect(cron.next(after: .min, in: .utc) == 0)
        #expect(cron.next(after: .max, in: .utc) == nil)
        #expect(cron.next(after: 253_402_300_799_000, in: .utc) == nil)
        #expect(cron.next(after: 253_402_300_798_000, in: .utc) == 253_402_300_799_000)
    }

    @Test(
        arguments: ["UTC", "Europe/Berlin"]
    )
    func `29 February on a Sunday is found over 40 years, and a year has its one`(zone: String) throws {
        let found = try #require(
            try Cron("0 12 29 2 */7", name: "n").next(after: milliseconds("2080-01-01T00:00:00Z"), in: Zone(zone))
        )
        let wanted = try milliseconds("2088-02-29T12:00:00Z")
        #expect(abs(found - wanted) <= 3_600_000)
        let after = try #require(try Cron("0 12 29 2 */7", name: "n").next(after: found, in: Zone(zone)))
        #expect(try abs(after - milliseconds("2128-02-29T12:00:00Z")) <= 3_600_000)
    }

    @Test(.timeLimit(.minutes(15)))
    func `far searches jump over years: by seconds, these would take days`() throws {
        let zone = try Zone("Africa/Casablanca")
        for text in ["59 59 23 29 2 */7", "0 0 0 1 1 *", "0 0 */28 2 2L", "7 7 7 31 12 6L"] {
            let cron = try Cron(text, name: "n")
            for year in 0..<500 { #expect(cron.next(after: year * 31_556_952_000, in: zone) != nil) }
        }
    }

    private func expect(_ text: String, _ zone: String, after: String, _ instants: [String]) throws {
        let cron = try Cron(text, name: "n")
        let zone = try Zone(zone)
        var last = try milliseconds(after)
        for wanted in instants {
            let next = try #require(cron.next(after: last, in: zone))
            let text = Date(timeIntervalSince1970: Double(next) / 1000).formatted(.iso8601)
            #expect(text == wanted)
            last = next
        }
    }

    private func milliseconds(_ text: String) throws -> Int {
        Int(try Date(text, strategy: .iso8601).timeIntervalSince1970 * 1000)
    }
}
