import Foundation
import Testing

@testable import Martlet

@Suite struct CronDayTests {
    /// The days of some months of 2026 and 2027, worked out by hand with a calendar.
    @Test(
        arguments: [
            ("0 0 L-3 * *", ["2026-11-27", "2026-12-28", "2027-01-28", "2027-02-25"]),
            ("0 0 LW * *", ["2026-11-30", "2026-12-31", "2027-01-29", "2027-02-26"]),
            ("0 0 15W * *", ["2026-11-16", "2026-12-15", "2027-01-15", "2027-02-15"]),
            ("0 0 1W * *", ["2026-11-02", "2026-12-01", "2027-01-01", "2027-02-01"]),
            ("0 0 31W * *", ["2026-12-31", "2027-01-29", "2027-03-31", "2027-05-31"]),
            ("0 0 * * MON#2", ["2026-11-09", "2026-12-14", "2027-01-11", "2027-02-08"]),
            ("0 0 * * monday#1,friday#5", ["2026-11-02", "2026-12-07", "2027-01-04", "2027-01-29"]),
            ("0 0 * * 2#5", ["2026-12-29", "2027-03-30", "2027-06-29", "2027-08-31"]),
            ("0 0 L,15W NOVEMBER,dec *", ["2026-11-16", "2026-11-30", "2026-12-15", "2026-12-31"]),
            ("0 0 * * Sunday", ["2026-11-01", "2026-11-08", "2026-11-15", "2026-11-22"]),
        ]
    )
    func `days counted from the end, workdays and weekdays by number are those of the calendar`(
        text: String,
        days: [String]
    ) throws {
        let cron = try Cron(text, name: "n")
        var instant = Int(try Date("2026-10-31T12:00:00Z", strategy: .iso8601).timeIntervalSince1970) * 1000
        var found: [String] = []
        for _ in days {
            instant = try #require(cron.next(after: instant, in: .utc))
            found.append(String(Date(timeIntervalSince1970: Double(instant / 1000)).formatted(.iso8601).prefix(10)))
        }
        #expect(found == days)
    }

    /// Every range that goes over the end is refused, with a range in the message that means the same.
    @Test func `the remedy for a range that goes over the end names the same values`() throws {
        let places: [CronField: (String) -> String] = [
            .second: { "\($0) * * * * *" }, .minute: { "\($0) * * * *" }, .hour: { "0 \($0) * * *" },
            .day: { "0 0 \($0) * *" }, .month: { "0 0 1 \($0) *" }, .weekday: { "0 0 * * \($0)" },
        ]
        for (field, expression) in places {
            let (lowest, count) = (field.range.lowerBound, field.range.count)
            for (first, last, step) in [(count - 2, 1, 1), (count - 1, 2, 2), (count - 3, 2, 3)] {
                let (first, last) = (lowest + first, lowest + last)
                let text = "\(first)-\(last)" + (step == 1 ? "" : "/\(step)")
                let error = #expect(throws: CronError.self) { try Cron(expression(text), name: "n") }
                let remedy = try #require(error?.remedy.split(separator: ": ").last)
                let wanted = stride(from: first, through: last + count, by: step).map { lowest + ($0 - lowest) % count }
                let set = try CronFieldParser(field: field, text: String(remedy), name: "n").parse(remedy)
                #expect(set.list == Set(wanted).sorted(), "\(text): \(remedy)")
            }
        }
    }

    @Test(
        arguments: [
            ("@every 17h", "every 17 hours from 1970-01-01T00:00:00Z", 61_200),
            ("@EVERY 1h30m", "every 1 hour 30 minutes from 1970-01-01T00:00:00Z", 5400),
            ("@every 60s from 2026-11-28T06:00:07Z", "every minute from 2026-11-28T06:00:07Z", 60),
            ("@every 2w from 2026-11-28T06:00:00+02:00", "every 14 days from 2026-11-28T04:00:00Z", 1_209_600),
        ]
    )
    func `an interval goes on over days and changes of the clocks`(text: String, words: String, length: Int) throws {
        let cron = try Cron(text, name: "n")
        let zone = try Zone("Europe/Berlin")
        #expect(cron.words(in: zone) == words)
        var last = try #require(cron.next(after: 1_774_000_000_000, in: zone))
        #expect(last > 1_774_000_000_000 && last <= 1_774_000_000_000 + length * 1000)
        for _ in 1...50 {
            let next = try #require(cron.next(after: last, in: zone))
            #expect(next == last + length * 1000)
            #expect(cron.next(after: next - 1, in: zone) == next)
            #expect(cron.clockChange(at: Date(milliseconds: Int64(next)), in: zone) == nil)
            last = next
        }
        #expect(cron.next(after: 253_402_300_799_000, in: zone) == nil)
    }

    @Test func `an interval is written by code as it is read`() throws {
        let anchor = Date(timeIntervalSince1970: 1_000_000_000)
        let cron = try Cron(Cron.every(.seconds(61_200), from: anchor), name: "n")
        #expect(cron.next(after: 1_000_000_000_000, in: .utc) == 1_000_061_200_000)
        #expect(try Cron(Cron.every(.seconds(5)), name: "n").next(after: -1, in: .utc) == 0)
    }

    @Test func `a schedule that is refused tells field, value and remedy of the cron and of the zone`() {
        let cron = #expect(throws: JobError.self) { try Schedule("x", cron: "61 * * * *", type: "t") }
        #expect(cron?.invalidValue == .init(field: "cron minute", value: "61", remedy: "use 0 to 59"))
        let zone = #expect(throws: JobError.self) { try Schedule("x", cron: "@daily", zone: "utc", type: "t") }
        #expect(zone?.invalidValue == .init(field: "time zone", value: "utc", remedy: "write UTC"))
    }
}
