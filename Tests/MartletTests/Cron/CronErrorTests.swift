import Martlet
import Testing

/// A cron expression that is refused.
@Suite struct CronErrorTests {
    @Test(
        arguments: [
            ("60 * * * *", #"cron minute: "60" at position 1 is not acceptable; use 0 to 59"#),
            ("0  24 * * *", #"cron hour: "24" at position 4 is not acceptable; use 0 to 23"#),
            ("0 3,x * * *", #"cron hour: "x" at position 5 is not acceptable; use 0 to 23"#),
            (
                "0 3 32 * *",
                #"cron day of month: "32" at position 5 is not acceptable; use 1 to 31, L for the last day, "#
                    + "L-3 for the third before it, or 15W for the workday nearest to day 15"
            ),
            (
                "0 3 0 * *",
                #"cron day of month: "0" at position 5 is not acceptable; use 1 to 31, L for the last day, "#
                    + "L-3 for the third before it, or 15W for the workday nearest to day 15"
            ),
            ("0 3 * JANUAR *", #"cron month: "JANUAR" at position 7 is not acceptable; use 1 to 12 or JAN to DEC"#),
            (
                "0 3 * * 8",
                #"cron day of week: "8" at position 9 is not acceptable; use 0 to 7 (0 and 7 are Sunday), SUN to SAT, "#
                    + "5L for the last Friday of the month, or MON#2 for its second Monday"
            ),
            ("61 0 3 * * 1", #"cron second: "61" at position 1 is not acceptable; use 0 to 59"#),
            ("*/0 * * * *", #"cron minute: "0" at position 3 is not acceptable; use a step of 1 to 60"#),
            ("*/61 * * * *", #"cron minute: "61" at position 3 is not acceptable; use a step of 1 to 60"#),
            ("*/-5 * * * *", #"cron minute: "-5" at position 3 is not acceptable; use a step of 1 to 60"#),
            (
                "5/15 * * * *",
                #"cron minute: "5/15" at position 1 is not acceptable; a step goes with * or with a range: "#
                    + "write 5-59/15"
            ),
            (
                "0 22-4 * * *",
                #"cron hour: "22-4" at position 3 is not acceptable; begin a range with its lower end: 22-23,0-4"#
            ),
            (
                "0 22-4/2 * * *",
                #"cron hour: "22-4" at position 3 is not acceptable; begin a range with its lower end: 22,0,2,4"#
            ),
            (
                "0 0 * * FRI-MON",
                #"cron day of week: "FRI-MON" at position 9 is not acceptable; begin a range with its lower end: "#
                    + "FRI-6,0-MON"
            ),
            (
                "CRON_TZ=Europe/Warsaw 0 * * * *",
                #"cron expression: "CRON_TZ=Europe/Warsaw" at position 1 is not acceptable; leave it out of the "#
                    + "expression and give the time zone beside it: zone: Europe/Warsaw in martlet.yaml, "
                    + "--zone Europe/Warsaw on the command line"
            ),
            (
                "0 3 L-31 * *",
                #"cron day of month: "L-31" at position 5 is not acceptable; use L-1 to L-30: so many days before the "#
                    + "last day"
            ),
            ("0 3 15W/2 * *", #"cron day of month: "15W/2" at position 5 is not acceptable; W takes no step"#),
            (
                "0 3 * * MON#6",
                #"cron day of week: "MON#6" at position 9 is not acceptable; write a day and a number from 1 to 5: "#
                    + "MON#2 is the second Monday of the month"
            ),
            (
                "@every 17 hours",
                #"cron interval: "@every 17 hours" at position 1 is not acceptable; write @every 17h, or "#
                    + "@every 17h from 2026-11-28T06:00:00Z"
            ),
            (
                "@every 0s",
                #"cron interval: "0s" at position 8 is not acceptable; use a length from 1s to 3660d such as 90s, "#
                    + "15m, 17h, 1h30m or 2w"
            ),
            (
                "@every 17h from noon",
                #"cron interval: "noon" at position 17 is not acceptable; use a time from 1970 to 9999 with its "#
                    + "offset, such as 2026-11-28T06:00:00Z"
            ),
            ("0 3 ? * 1", #"cron day of month: "?" at position 5 is not acceptable; use * for any"#),
            ("0,,5 3 * * *", #"cron minute: "0,,5" at position 3 is not acceptable; leave no item of the list empty"#),
            ("0 L * * *", #"cron hour: "L" at position 3 is not acceptable; use 0 to 23"#),
            (
                "0 3 * * L",
                #"cron day of week: "L" at position 9 is not acceptable; write which: 5L is the last Friday of the month"#
            ),
            (
                "0 3 3L * *",
                #"cron day of month: "3L" at position 5 is not acceptable; write L alone for the last day of the month"#
            ),
            ("0 3 L/2 * *", #"cron day of month: "L/2" at position 5 is not acceptable; L takes no step"#),
            (
                "H(5) * * * *",
                #"cron minute: "H(5)" at position 1 is not acceptable; write H, or H with a range: H(0-5)"#
            ),
            ("H(0-99) * * * *", #"cron minute: "99" at position 5 is not acceptable; use 0 to 59"#),
            ("+5 * * * *", #"cron minute: "+5" at position 1 is not acceptable; use 0 to 59"#),
            ("٣ * * * *", #"cron minute: "٣" at position 1 is not acceptable; use 0 to 59"#),
            (
                "99999999999999999999 * * * *",
                #"cron minute: "99999999999999999999" at position 1 is not acceptable; use 0 to 59"#
            ),
            (
                "0 3 * *",
                #"cron expression: "0 3 * *" at position 8 is not acceptable; it has 4 fields; write five, minute hour "#
                    + "day-of-month month day-of-week, or six with the second first"
            ),
            (
                "0 0 3 * * * 2026",
                #"cron expression: "0 0 3 * * * 2026" at position 13 is not acceptable; it has 7 fields; write five, "#
                    + "minute hour day-of-month month day-of-week, or six with the second first"
            ),
            (
                "",
                #"cron expression: "" at position 1 is not acceptable; it has 0 fields; write five, minute hour "#
                    + "day-of-month month day-of-week, or six with the second first"
            ),
            (
                " @reboot",
                #"cron expression: "@reboot" at position 2 is not acceptable; use @annually @daily @hourly @midnight "#
                    + "@monthly @weekly @yearly, or @every 17h"
            ),
            ("\u{1b} * * * *", #"cron minute: "\u{1b}" at position 1 is not acceptable; use 0 to 59"#),
        ]
    )
    func `the error names the field, the value, its column and what would be right`(text: String, message: String) {
        let error = #expect(throws: CronError.self) { try Cron(text, name: "n") }
        #expect(error.map { "\($0)" } == message)
    }

    @Test(
        arguments: [
            ("0 0 30 2 *", "30", 5, "February has at most 29 days"),
            ("0 0 31 4,6 *", "31", 5, "the months given have at most 30 days"),
            ("0 0 0 31 FEB,NOV *", "31", 7, "the months given have at most 30 days"),
            ("0 0 */10 2 5L", "*/10", 5, "such a day is never such a day of the week in these months"),
        ]
    )
    func `a date that never comes is refused with the reason`(
        text: String,
        value: String,
        position: Int,
        remedy: String
    ) {
        let error = #expect(throws: CronError.self) { try Cron(text, name: "n") }
        #expect(error?.field == "day of month")
        #expect(error?.value == value)
        #expect(error?.position == position)
        #expect(error?.remedy == remedy)
    }

    @Test func `a text of more than 512 bytes is refused`() throws {
        let list = String(repeating: "1,", count: 250) + "1"
        #expect(throws: Never.self) { try Cron("\(list) * * * *", name: "n") }
        let error = #expect(throws: CronError.self) { try Cron("\(list),10,11 * * * *", name: "n") }
        #expect(error?.remedy == "use at most 512 bytes")
    }

    @Test(arguments: ["0 0 29 2 *", "0 0 29 2 */7", "0 0 30 2 1", "0 0 31 */2 *"])
    func `a rare but possible date is taken`(text: String) throws {
        #expect(try Cron(text, name: "n").next(after: 0, in: .utc) != nil)
    }
}

/// A time zone that is refused.
@Suite struct ZoneErrorTests {
    @Test(
        arguments: [
            ("europe/berlin", "write Europe/Berlin"),
            ("utc", "write UTC"),
            ("UCT", "write UTC"),
            ("Etc/utc", "write Etc/UTC"),
            ("Japan", "write Asia/Tokyo"),
            ("Cuba", "write America/Havana"),
            ("nz", "write Pacific/Auckland"),
            ("EST5EDT", "write America/New_York"),
            ("Mars/Olympus", "use a name such as Europe/Berlin or America/New_York, or UTC"),
            ("CET", "use a name such as Europe/Berlin or America/New_York, or UTC"),
            ("GMT+3", "use a name such as Europe/Berlin or America/New_York, or UTC"),
            ("../../etc/passwd", "use a name such as Europe/Berlin or America/New_York, or UTC"),
            ("", "use a name such as Europe/Berlin or America/New_York, or UTC"),
        ]
    )
    func `the error says what would be right`(identifier: String, remedy: String) {
        let error = #expect(throws: ZoneError.self) { try Zone(identifier) }
        #expect(error?.remedy == remedy)
        #expect(error.map { "\($0)" } == "time zone: \"\(identifier)\" is not acceptable; \(remedy)")
    }

    @Test(
        arguments: ["US/Eastern", "Asia/Kolkata", "Europe/Kyiv", "Etc/GMT+5", "UTC"]
    )
    func `zones by another name are taken`(identifier: String) throws {
        #expect(try Zone(identifier).identifier == identifier)
    }
}
