import FoundationEssentials
import Martlet
import Testing

/// What a change of the clocks does to an instant.
@Suite struct ClockChangeTests {
    @Test func `a stand-in names the time that was left out`() throws {
        let berlin = try Zone("Europe/Berlin")
        let cron = try Cron("30 2 * * *", name: "n")
        let before = Date(timeIntervalSince1970: 1_774_661_400)
        #expect(berlin.clock(at: before) == "Sat 2026-03-28 02:30:00 +01:00")
        #expect(cron.clockChange(at: before, in: berlin) == nil)
        let next = try #require(cron.next(after: before, in: berlin))
        #expect(berlin.clock(at: next) == "Sun 2026-03-29 03:00:00 +02:00")
        #expect(cron.clockChange(at: next, in: berlin) == .gap(lost: "02:30:00"))
    }

    @Test func `the first and the second of two are told apart`() throws {
        let newYork = try Zone("America/New_York")
        let first = Date(timeIntervalSince1970: 1_793_511_000)
        #expect(newYork.clock(at: first) == "Sun 2026-11-01 01:30:00 -04:00")
        #expect(newYork.clock(at: first + 3600) == "Sun 2026-11-01 01:30:00 -05:00")
        let fixed = try Cron("30 1 * * *", name: "n")
        #expect(fixed.clockChange(at: first, in: newYork) == .firstOfTwo(isSecondDue: false))
        let beat = try Cron("30 * * * *", name: "n")
        #expect(beat.clockChange(at: first, in: newYork) == .firstOfTwo(isSecondDue: true))
        #expect(beat.clockChange(at: first + 3600, in: newYork) == .secondOfTwo)
        #expect(beat.clockChange(at: first + 7200, in: newYork) == nil)
    }
}
