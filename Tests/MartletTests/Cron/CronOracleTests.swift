import Foundation
import Martlet
import Testing

/// The product's cron expressions against the oracle's.
///
/// `MARTLET_CRON_EDGES=all` looks at every change of the clocks instead of one for each pair; `MARTLET_CRON_SEED` draws
/// other expressions and changes.
@Suite struct CronOracleTests {
    private static let chunks = 16

    @Test(arguments: 0..<chunks)
    func `400 zones x 1,000 random expressions around changes of clocks from 2024 to 2030`(chunk: Int) throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["MARTLET_CRON_SEED"].flatMap { UInt64($0) } ?? 5
        let isEvery = environment["MARTLET_CRON_EDGES"] == "all"
        let names = TimeZone.knownTimeZoneIdentifiers.filter { $0.contains("/") }.sorted()
        #expect(names.count >= 400)
        let expressions = try Self.expressions(1000, seed: seed)
        var random = RandomCron(seed: seed &+ UInt64(chunk) &* 1_000_003)
        for (index, name) in names.enumerated() where index % Self.chunks == chunk {
            let zone = try Zone(name)
            let windows = try Self.windows(name, random: &random)
            for (cron, naive) in expressions {
                for window in isEvery ? windows[...] : windows[random.number(windows.count)...].prefix(1) {
                    let expected = window.instants(of: naive)
                    let found = try Self.instants(cron, zone, from: window.start, count: Self.width)
                    if found != expected { Issue.record("\(cron) in \(name): \(found), not \(expected)") }
                    // The search may begin at any instant, even within the hour of a gap or a fold.
                    let start = window.start * 60_000 + random.number(Self.width * 60_000)
                    let next = cron.next(after: start, in: zone)
                    guard let wanted = expected.first(where: { $0 > start }), next != wanted else { continue }
                    Issue.record("\(cron) in \(name) after \(start): \(next ?? 0), not \(wanted)")
                }
            }
        }
    }

    @Test(arguments: HandPicked.all)
    func `a year of minutes`(_ picked: HandPicked) throws {
        let timeZone = try #require(TimeZone(identifier: picked.zone))
        let zone = try Zone(picked.zone)
        let start = try Date("\(picked.year)-01-01T00:00:00Z", strategy: .iso8601).timeIntervalSince1970 / 60
        let count = 366 * 1440
        let window = OracleWindow(zone: timeZone, start: Int(start), count: count)
        for text in picked.expressions {
            let expected = window.instants(of: NaiveCron(text))
            let found = try Self.instants(Cron(text, name: "n"), zone, from: Int(start), count: count)
            #expect(!expected.isEmpty || text.contains(" 29 2 "))
            if let difference = Set(found).symmetricDifference(expected).min() {
                Issue.record("\(text) in \(picked.zone): differs first at \(difference); \(found.count) instants")
            }
        }
    }

    /// The minutes of a window: six hours around a change of the clocks.
    private static let width = 360

    /// The windows around each change of the clocks; one window at a random time for a zone without changes.
    private static func windows(_ name: String, random: inout RandomCron) throws -> [OracleWindow] {
        let zone = try #require(TimeZone(identifier: name))
        var edges = OracleWindow.edges(of: zone, in: 2024...2030)
        if edges.isEmpty { edges = [28_401_120 + random.number(7 * 525_600)] }
        return edges.map { OracleWindow(zone: zone, start: $0 - width / 2, count: width) }
    }

    /// Random expressions; one that is refused has to be impossible, and another is drawn in its place.
    private static func expressions(_ count: Int, seed: UInt64) throws -> [(Cron, NaiveCron)] {
        var random = RandomCron(seed: seed)
        var result: [(Cron, NaiveCron)] = []
        while result.count < count {
            let text = random.next()
            let naive = NaiveCron(text)
            do throws(CronError) {
                result.append((try Cron(text, name: "n"), naive))
            } catch {
                #expect(error.field == "day of month")
                #expect(!WallDay.all.contains(where: naive.matches), "\(text): \(error)")
            }
        }
        return result
    }

    private static func instants(_ cron: Cron, _ zone: Zone, from start: Int, count: Int) throws -> [Int] {
        var result: [Int] = []
        var last = start * 60_000 - 1
        while let next = cron.next(after: last, in: zone), next < (start + count) * 60_000 {
            try #require(next > last)
            result.append(next)
            last = next
        }
        return result
    }
}

extension WallDay {
    /// Every kind of day that there is.
    fileprivate static let all: [WallDay] = (1...12).flatMap { month in
        (month == 2 ? [28, 29] : [[4, 6, 9, 11].contains(month) ? 30 : 31]).flatMap { count in
            (1...count).flatMap { day in
                (0...6).map { WallDay(month: month, day: day, weekday: $0, daysInMonth: count) }
            }
        }
    }
}
