import Martlet
import Testing

/// Cron in words.
@Suite struct CronDescriptionTests {
    @Test(
        arguments: [
            ("0 3 * * 1-5", "at 03:00, Monday to Friday"),
            ("@daily", "at 00:00, every day"),
            ("@hourly", "every hour"),
            ("@weekly", "at 00:00, on Sunday"),
            ("@monthly", "at 00:00, on day 1 of the month"),
            ("@yearly", "at 00:00, on 1 January"),
            ("* * * * *", "every minute"),
            ("*/5 * * * *", "every 5 minutes"),
            ("*/30 * * * *", "every 30 minutes"),
            ("7/15 * * * *".replacing("7/15", with: "7-59/15"), "every 15 minutes from minute 7"),
            ("15 * * * *", "at minute 15 of every hour"),
            ("0,30 3 * * *", "at 03:00 and 03:30, every day"),
            ("0 */6 * * *", "every 6 hours"),
            ("15 2-23/6 * * *", "every 6 hours from 02:15"),
            ("0 */12 * * *", "at 00:00 and 12:00, every day"),
            ("0 9-17 * * MON-FRI", "every hour from 09:00 to 17:00, Monday to Friday"),
            ("*/15 9-17 * * 1-5", "every 15 minutes from 09:00 to 17:45, Monday to Friday"),
            ("*/10 2 * * *", "every 10 minutes from 02:00 to 02:50"),
            ("0 3 * * 1,4", "at 03:00, on Monday and Thursday"),
            ("0 3 * * 5-7", "at 03:00, Friday to Sunday"),
            ("0 3 L * *", "at 03:00, on the last day of the month"),
            ("0 3 L-1 * *", "at 03:00, on day 1 before the last of the month"),
            ("0 3 15W,LW * *", "at 03:00, on the last workday and the workday nearest to day 15 of the month"),
            ("0 3 * * MON#2", "at 03:00, on the second Monday of the month"),
            ("0 3 * * 5#1,5L", "at 03:00, on the first Friday and the last Friday of the month"),
            ("0 3 L 2 *", "at 03:00, on the last day of February"),
            ("0 3 1,15 * *", "at 03:00, on days 1 and 15 of the month"),
            ("0 3 24 12 *", "at 03:00, on 24 December"),
            ("0 3 * * 5L", "at 03:00, on the last Friday of the month"),
            ("0 3 * 3-5 *", "at 03:00, every day from March to May"),
            ("*/5 * * 1,7 *", "every 5 minutes, in January and July"),
            ("*/10 * * * * *", "every 10 seconds"),
            ("* * * * * *", "every second"),
            ("15 30 4 * * *", "at 04:30:15, every day"),
        ]
    )
    func `common shapes read as one would say them`(text: String, words: String) throws {
        #expect(try Cron(text, name: "n").words(in: Zone("Europe/Berlin")) == words + ", Europe/Berlin")
    }

    @Test(
        arguments: [
            (
                "*/7 * * * *",
                "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour"
            ),
            ("1-3,9 4,6-9 * * *", "at minutes 1 to 3 and 9 of hours 4 and 6 to 9, every day"),
            ("* 3,5 * * *", "every minute of hours 3 and 5"),
            ("30 * * * * *", "at second 30 of every minute of every hour"),
            ("5,7 0 9-17 * * *", "at seconds 5 and 7 of minute 0 of hours 9 to 17, every day"),
            ("0 0 13 * 5", "at 00:00, on day 13 of the month or on Friday"),
            ("0 0 13 * 1-5", "at 00:00, on day 13 of the month or Monday to Friday"),
            ("0 0 */10 * 1", "at 00:00, on days 1, 11, 21 and 31 of the month if that is Monday"),
            ("0 0 13 * 0-6", "at 00:00, every day"),
            ("0 0 13 * */1", "at 00:00, on day 13 of the month"),
            ("0 0 15,L 2,3 *", "at 00:00, on day 15 and the last day of the month, in February and March"),
            ("0 0 * 6 1,5L", "at 00:00, on Monday and the last Friday of the month, in June"),
            ("0 0 1-7 12 *", "at 00:00, on 1 to 7 December"),
        ]
    )
    func `odd shapes are spelled out, and are true`(text: String, words: String) throws {
        #expect(try Cron(text, name: "n").words(in: .utc) == words + ", UTC")
    }
}
