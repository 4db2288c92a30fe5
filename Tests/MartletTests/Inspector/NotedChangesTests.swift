import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// The audit list as the calls of the Inspector leave it.
    @Suite struct NotedChangesTests {
        @Test func `every call that changes jobs, queues or workers is noted with who made it`() async throws {
            try await withQueue { queue in
                let (inspector, ada) = (queue.inspector, try Operator("ada"))
                let id = try await queue.enqueue("a")
                _ = try await inspector.pause(queue: queue.name, by: ada)
                _ = try await inspector.resume(queue: queue.name, by: ada)
                #expect(try await inspector.cancel(id, by: ada) == .cancelled)
                try await inspector.restart(id, by: ada)
                try await inspector.delete(id, by: ada)
                _ = try await inspector.repair(queue: queue.name, by: ada)
                _ = try await queue.send("HSET", queue.store.keys.archiver, "holder", "archiver")
                #expect(try await inspector.forgetArchiver(by: ada))
                let noted = try await inspector.audit().reversed().map {
                    [$0.by, $0.action, $0.scope, "\($0.done ?? -1)"]
                }
                #expect(
                    noted == [
                        ["ada", "queue pause", queue.name, "1"], ["ada", "queue resume", queue.name, "1"],
                        ["ada", "job cancel", "\(id)", "1"], ["ada", "job restart", "\(id)", "1"],
                        ["ada", "job delete", "\(id)", "1"], ["ada", "doctor repair", queue.name, "1"],
                        ["ada", "archive retire", "archiver", "1"],
                    ]
                )
            }
        }

        @Test func `every call that changes a schedule or the leader is noted with who made it`() async throws {
            try await withSchedules { bed in
                let (inspector, ada) = (bed.inspector, try Operator("ada"))
                let options = JobOptions(queue: bed.queue.name)
                let edit = ScheduleEdit(cron: "0 4 * * *", type: "note", options: options)
                #expect(try await inspector.setSchedule("tick", edit, by: ada) == .created)
                try await inspector.pauseSchedule("tick", by: ada)
                try await inspector.resumeSchedule("tick", by: ada)
                try await inspector.runSchedule("tick", by: ada)
                try await inspector.removeSchedule("tick", by: ada)
                try await inspector.resignLeader(by: ada)
                let noted = try await inspector.audit().reversed().map {
                    [$0.by, $0.action, $0.scope, "\($0.done ?? -1)"]
                }
                #expect(
                    noted == [
                        ["ada", "schedule set", "tick", "1"], ["ada", "schedule pause", "tick", "1"],
                        ["ada", "schedule resume", "tick", "1"], ["ada", "schedule run", "tick", "1"],
                        ["ada", "schedule remove", "tick", "1"], ["ada", "leader resign", "leader", "0"],
                    ]
                )
            }
        }

        @Test func `what was so before is noted as no change, and what is not acceptable is not noted`() async throws {
            try await withQueue { queue in
                let (inspector, ada) = (queue.inspector, try Operator("ada"))
                #expect(try await !inspector.resume(queue: queue.name, by: ada))
                #expect(try await !inspector.forgetArchiver(by: ada))
                #expect(try await !inspector.removeSchedule("none", by: ada))
                #expect(try await inspector.audit().map(\.done) == [0, 0, 0])
                await #expect(throws: JobError.self) { try await inspector.pauseSchedule("none", by: ada) }
                await #expect(throws: JobError.self) { try await inspector.runSchedule("a/b", by: ada) }
                await #expect(throws: JobError.self) {
                    try await inspector.setSchedule("tick", ScheduleEdit(cron: "no cron", type: "note"), by: ada)
                }
                await #expect(throws: JobError.self) { try await inspector.repair(queue: "a/b", by: ada) }
                #expect(try await inspector.audit().count == 3)
            }
        }
    }
}
