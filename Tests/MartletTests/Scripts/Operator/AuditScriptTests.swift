import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct AuditScriptTests {
        @Test func `an entry is there before the change, and then with what came of it`() async throws {
            try await withQueue { queue in
                let inspector = queue.inspector
                let ada = try Operator("ada@\u{1b}[2Jweb\"1")
                let begun = try await queue.clock.now().milliseconds
                let pause = try await inspector.recorded(.pauseQueue, of: "mail", by: ada) {
                    () throws(JobError) -> AuditEntry? in
                    do {
                        try await queue.clock.advance(by: .seconds(3))
                    } catch {
                        Issue.record(error)
                    }
                    return try await inspector.audit().first
                }
                #expect((pause?.by, pause?.action, pause?.scope) == (ada.name, "queue pause", "mail"))
                #expect((pause?.time.milliseconds, pause?.changedAt, pause?.done) == (begun, nil, nil))
                let entries = try await inspector.audit()
                #expect(entries.map { [$0.matched, $0.done, $0.failed] } == [[1, 1, 0]])
                #expect((entries[0].time.milliseconds, entries[0].changedAt?.milliseconds) == (begun, begun + 3000))
            }
        }

        @Test func `a change that fails is noted as such`() async throws {
            try await withQueue { queue in
                let inspector = queue.inspector
                let ada = try Operator("ada")
                await #expect(throws: JobError.self) {
                    try await inspector.recorded(.quietWorker, of: "y", by: ada) { () throws(JobError) in
                        throw JobError(.refused, "no")
                    }
                }
                #expect(try await inspector.audit().map { [$0.done, $0.failed] } == [[0, 1]])
            }
        }

        @Test func `the last 1,000 are kept, the newest first`() async throws {
            try await withQueue { queue in
                for number in 0..<1010 {
                    let reply = try await queue.store.redis.evaluate(
                        queue.store.script(.audit),
                        keys: [queue.store.keys.audit],
                        arguments: [
                            RedisArgument("id\(number)"),
                            RedisArgument(#"{"by":"a","action":"b","scope":"c","matched":\#(number)}"#), 1000,
                        ]
                    )
                    #expect(reply.array?.first?.string == "ok")
                }
                let entries = try await queue.inspector.audit(limit: 5000)
                #expect(entries.map(\.matched) == (10..<1010).reversed())
                #expect(try await queue.inspector.audit(limit: 2).map(\.matched) == [1009, 1008])
            }
        }
    }
}
