import Testing

@testable import Martlet

@Suite("Hashed fields")
struct CronHashTests {
    @Test("The same name gives the same times for ever; these stand in live schedules")
    func pinned() throws {
        let found = try ["nightly", "ldap.sync", "a", "b"].map { name in
            let cron = try Cron("H H H H H", name: name)
            return [cron.fields.minute, cron.fields.hour, cron.fields.day, cron.fields.month, cron.fields.weekday]
                .map { $0.only ?? -1 }
        }
        #expect(found == [[46, 11, 19, 10, 0], [14, 23, 12, 6, 6], [16, 8, 14, 2, 0], [38, 16, 13, 2, 3]])
    }

    @Test("A thousand names spread over the hour")
    func spread() throws {
        var counts: [Int: Int] = [:]
        for number in 0..<1000 {
            let minute = try Cron("H 3 * * *", name: "source-\(number)").fields.minute.only
            counts[try #require(minute), default: 0] += 1
        }
        #expect(counts.count == 60)
        #expect((counts.values.max() ?? 0) < 40)
    }

    @Test("A step begins within its first step and goes round; a range is kept")
    func steps() throws {
        for number in 0..<200 {
            let name = "n\(number)"
            let quarter = try Cron("H/15 * * * *", name: name).fields.minute.list
            #expect(quarter.count == 4 && quarter[0] < 15)
            #expect(zip(quarter, quarter.dropFirst()).allSatisfy { $1 - $0 == 15 })
            let early = try #require(try Cron("H(0-29) * * * *", name: name).fields.minute.only)
            #expect((0...29).contains(early))
            let range = try Cron("H(10-19)/5 * * * *", name: name).fields.minute.list
            #expect(range.count == 2 && range.allSatisfy { (10...19).contains($0) })
            let day = try #require(try Cron("0 0 H * *", name: name).fields.day.only)
            #expect((1...28).contains(day))
            let weekday = try #require(try Cron("0 0 * * H(6-7)", name: name).fields.weekday.only)
            #expect(weekday == 6 || weekday == 0)
        }
    }

    @Test("A hashed time is fixed, a hashed step is a beat")
    func beats() throws {
        #expect(try !Cron("H H * * *", name: "n").keepsBeat)
        #expect(try Cron("H/10 2 * * *", name: "n").keepsBeat)
        #expect(try Cron("H H/6 * * *", name: "n").keepsBeat)
    }
}
