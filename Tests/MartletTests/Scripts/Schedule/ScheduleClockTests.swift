import Martlet
import MartletTesting
import Testing

extension RedisTests {
    /// Steps of Redis's clock by hours: no slot is fired twice, and none is lost beyond the catch-up rule.
    @Suite struct ScheduleClockTests {
        private static let hours = Duration.seconds(4 * 3600)

        @Test(arguments: [CatchUp.latest, .skip, .all(limit: 10)])
        func `forward: what was leapt over is caught up with by the rule`(rule: CatchUp) async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make("tick", "*/30 * * * *", catchUp: rule))
                try await bed.work()
                try await bed.clock.advance(by: Self.hours + .seconds(600))
                try await bed.work()
                let (half, hour) = (1800, 3600)
                switch rule {
                case .latest:
                    #expect(try await bed.story() == ["skipped \(half)-\(half * 7)", "caught up \(4 * hour)"])
                case .skip: #expect(try await bed.story() == ["skipped \(half)-\(half * 8)"])
                case .all: #expect(try await bed.story() == (1...8).map { "caught up \($0 * half)" })
                }
                try await bed.clock.advance(by: .seconds(1200))
                try await bed.work()
                #expect(try await bed.story().last == "fired \(9 * half)")
            }
        }

        @Test func `back: a slot that was fired is not fired again, and none is left out after it`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make("tick", "*/30 * * * *"))
                for _ in 0..<10 {
                    try await bed.work()
                    try await bed.clock.advance(by: .seconds(1800))
                }
                try await bed.work()
                #expect(try await bed.jobs().count == 10)
                try await bed.clock.advance(by: .zero - Self.hours)
                for _ in 0..<12 {
                    try await bed.work()
                    try await bed.clock.advance(by: .seconds(1800))
                }
                try await bed.work()
                #expect(try await bed.story() == (1...14).map { "fired \($0 * 1800)" })
            }
        }

        @Test func `an edit after a step back fires no slot that was fired`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make("tick", "*/30 * * * *"))
                for _ in 0..<3 {
                    try await bed.work()
                    try await bed.clock.advance(by: .seconds(1800))
                }
                try await bed.work()
                try await bed.clock.advance(by: .zero - Self.hours)
                try await bed.inspector.setSchedule("tick", ScheduleEdit(cron: "*/15 * * * *"), by: Operator("ada"))
                try await bed.work()
                #expect(try await bed.fields()["slot"] == "\(TestSchedules.noon + 3 * 1_800_000 + 900_000)")
                #expect(try await bed.story().count == 3)
            }
        }

        @Test func `a step forward and back again repeats nothing`() async throws {
            try await withSchedules { bed in
                try await bed.set(try bed.make("tick", "*/30 * * * *", catchUp: .all()))
                try await bed.work()
                try await bed.clock.advance(by: Self.hours)
                try await bed.work()
                try await bed.clock.advance(by: .zero - Self.hours)
                for _ in 0..<9 {
                    try await bed.work()
                    try await bed.clock.advance(by: .seconds(1800))
                }
                try await bed.work()
                #expect(try await bed.story().count == 9)
                #expect(try await Set(bed.jobs()).count == 9)
            }
        }
    }
}
