import Foundation
import Martlet
import MartletTesting
import MartletWorker
import RedisClient
import Testing

/// Ten thousand schedules.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ScheduleLoadTests {
    private static let count = 10_000

    private func declare(_ bed: TestBed, _ numbers: Range<Int>, cron: String) async throws {
        let schedules = try numbers.map {
            try Schedule("s\($0)", cron: cron, job: Note(number: $0), options: JobOptions(queue: "elsewhere"))
        }
        for start in stride(from: 0, to: schedules.count, by: 500) {
            _ = try await bed.working.store.declare(
                Array(schedules[start..<min(start + 500, schedules.count)]),
                by: .test
            )
        }
    }

    /// How many commands a second Redis runs for a worker that has nothing to do, those within scripts included.
    private func idleCommands(_ bed: TestBed) async throws -> Double {
        try await bed.idle(1)
        let (before, start) = (try await bed.commands(), try await bed.inspector.now())
        try await Task.sleep(for: .seconds(10))
        let seconds = try await bed.inspector.now().duration(since: start) / .seconds(1)
        return Double(try await bed.commands() - before) / seconds
    }

    @Test func `idle they cost less than two commands a second, and a thousand of one slot are fired`() async throws {
        try await withTestBed { bed in
            try await declare(bed, 0..<Self.count, cron: "0 0 1 1 *")
            var follower = WorkerConfiguration.quick
            follower.standsForLeader = false
            let others = try await bed.working(.note { _, _ in }, follower) { _ in try await idleCommands(bed) }
            try await bed.working(.note { _, _ in }) { worker in
                try await eventually("all are planned", within: .seconds(60)) {
                    try await bed.working.store.due(limit: 500).next ?? .zero > .seconds(1)
                }
                // What the lead costs: a renewal, and a look.
                let leading = try await idleCommands(bed)
                #expect(leading - others < 2, "\(leading) commands a second, \(others) without leading")

                // Twenty seconds from now, by Redis's clock.
                let slot = (try await bed.inspector.now().milliseconds / 1000 + 20) * 1000
                var calendar = Calendar(identifier: .gregorian)
                calendar.timeZone = .gmt
                let parts = calendar.dateComponents(
                    [.second, .minute, .hour],
                    from: Date(timeIntervalSince1970: Double(slot) / 1000)
                )
                let cron = "\(parts.second ?? 0) \(parts.minute ?? 0) \(parts.hour ?? 0) * * *"
                try await declare(bed, 0..<1000, cron: cron)
                try await bed.wait(for: 1000, .waiting, queue: "elsewhere", within: .seconds(120))
                let jobs = try await bed.inspector.jobs(.waiting, queue: "elsewhere", offset: 500, limit: 500)
                #expect(jobs.count == 500)
                let latest = try #require(jobs.map(\.enqueuedAt.milliseconds).max())
                #expect(jobs.allSatisfy { $0.slot?.milliseconds == slot })
                // Measured: 0.2 s on two cores with nothing else to do.
                #expect(latest - slot < 60_000, "the last one was enqueued \(latest - slot) ms after its slot")
                #expect(try await bed.inspector.leader()?.worker == worker.id)
            }
        }
    }
}
