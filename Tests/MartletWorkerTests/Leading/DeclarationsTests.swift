import Logging
import Martlet
import MartletTesting
import RedisClient
import Testing

@testable import MartletWorker

@Suite(.serialized, .timeLimit(.minutes(15)))
struct DeclarationsTests {
    /// A program that says every tenth of a second what it declares.
    private func program(_ bed: TestBed, _ id: String, _ schedules: Schedules) -> Declarations {
        let context = WorkerContext(
            id: id,
            client: bed.working,
            configuration: .quick,
            handlers: JobHandlers(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        return Declarations(context, schedules, period: .milliseconds(100))
    }

    private func cron(_ bed: TestBed, is cron: String) async throws {
        try await eventually("the cron is \(cron)") {
            do {
                return try await bed.inspector.schedule("tick")?.values[.cron] == cron
            } catch let error as JobError where error.redis?.isOutage == true {
                return false
            }
        }
    }

    @Test func `a living program declares anew what Redis lost`() async throws {
        try await withTestBed { bed in
            let program = program(bed, "p", try .notes("tick", cron: "0 3 * * *"))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await program.run() }
                for _ in 1...2 {
                    try await cron(bed, is: "0 3 * * *")
                    _ = try await bed.redis.send(RedisCommand("FLUSHALL"))
                }
                try await cron(bed, is: "0 3 * * *")
                program.stop()
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `an old program that comes back and goes again leaves the living one's values`() async throws {
        try await withTestBed { bed in
            let (old, new) = (
                try Schedules.notes("tick", cron: "0 3 * * *"), try Schedules.notes("tick", cron: "0 4 * * *")
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                let living = program(bed, "new", new)
                tasks.addTask { await living.run() }
                try await cron(bed, is: "0 4 * * *")
                let back = program(bed, "old", old)
                tasks.addTask { await back.run() }
                try await eventually("they differ") {
                    try await bed.inspector.schedule("tick")?.disputedBy == "new"
                }
                try await cron(bed, is: "0 3 * * *")
                back.stop()
                try await cron(bed, is: "0 4 * * *")
                #expect(try await bed.inspector.schedule("tick")?.disputedBy == nil)
                living.stop()
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `what an operator removed stays removed for as long as the program lives`() async throws {
        try await withTestBed { bed in
            let schedules = try Schedules.notes("tick", "other", cron: "0 3 * * *")
            let program = program(bed, "p", schedules)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await program.run() }
                try await cron(bed, is: "0 3 * * *")
                try await bed.inspector.removeSchedule("tick", by: Operator("ada"))
                // Several confirmations later, the last of which has declared the other one anew.
                for _ in 1...3 {
                    _ = try await bed.redis.send(RedisCommand("DEL", [RedisArgument(bed.keys.schedule("other"))]))
                    try await eventually("the other one is there") { try await bed.inspector.schedule("other") != nil }
                }
                #expect(try await bed.inspector.schedule("tick") == nil)
                program.stop()
                try await tasks.waitForAll()
            }
        }
    }
}
