import Testing

@testable import Martlet

/// Hashed fields.
@Suite struct CronHashTests {
    @Test func `the same name gives the same times for ever; these stand in live schedules`() throws {
        let found = try ["nightly", "ldap.sync", "a", "b"].map { name in
            let cron = try CronFields("H H H H H", name: name)
            return [cron.minute, cron.hour, cron.day, cron.month, cron.weekday]
                .map { $0.only ?? -1 }
        }
        #expect(found == [[46, 11, 19, 10, 0], [14, 23, 12, 6, 6], [16, 8, 14, 2, 0], [38, 16, 13, 2, 3]])
    }

    @Test func `a thousand names spread over the hour`() throws {
        var counts: [Int: Int] = [:]
        for number in 0..<1000 {
            let minute = try CronFields("H 3 * * *", name: "source-\(number)").minute.only
            counts[try #require(minute), default: 0] += 1
        }
        #expect(counts.count == 60)
        #expect((counts.values.max() ?? 0) < 40)
    }

    @Test func `a step begins within its first step and goes round; a range is kept`() throws {
        for number in 0..<200 {
            let name = "n\(number)"
            let quarter = try CronFields("H/15 * * * *", name: name).minute.list
            #expect(quarter.count == 4 && quarter[0] < 15)
            #expect(zip(quarter, quarter.dropFirst()).allSatisfy { $1 - $0 == 15 })
            let early = try #require(try CronFields("H(0-29) * * * *", name: name).minute.only)
            #expect((0...29).contains(early))
            let range = try CronFields("H(10-19)/5 * * * *", name: name).minute.list
            #expect(range.count == 2 && range.allSatisfy { (10...19).contains($0) })
            let day = try #require(try CronFields("0 0 H * *", name: name).day.only)
            #expect((1...28).contains(day))
            let weekday = try #require(try CronFields("0 0 * * H(6-7)", name: name).weekday.only)
            #expect(weekday == 6 || weekday == 0)
        }
    }

    @Test func `a hashed time is fixed, a hashed step is a beat`() throws {
        #expect(try !CronFields("H H * * *", name: "n").keepsBeat)
        #expect(try CronFields("H/10 2 * * *", name: "n").keepsBeat)
        #expect(try CronFields("H H/6 * * *", name: "n").keepsBeat)
    }
}
