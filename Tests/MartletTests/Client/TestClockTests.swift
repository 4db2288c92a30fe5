import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct TestClockTests {
        @Test func `the clock runs until it is stopped, and moves both ways`() async throws {
            let client = try JobClient.forTesting(try #require(PrivateRedis.server))
            let clock = try TestClock(of: client)
            let start = try await clock.now()
            try await eventually("time passes") { try await clock.now() > start }
            try await clock.stop()
            let still = try await clock.now()
            #expect(try await clock.advance(by: .seconds(3600)) == still.addingTimeInterval(3600))
            #expect(try await clock.advance(by: .seconds(-60)) == still.addingTimeInterval(3540))
            try await clock.set(to: Date(timeIntervalSince1970: 1_000_000))
            #expect(try await clock.now() == Date(timeIntervalSince1970: 1_000_000))
            await client.close()
        }

        @Test func `moving the clock rings for the workers of every queue`() async throws {
            try await withQueue { queue in
                let job = try NewJob(type: "t", json: "1", options: JobOptions(queue: queue.name))
                _ = try await queue.client(as: .producer).enqueue([job])
                try await queue.answerDoorbell()
                try await queue.clock.advance(by: .seconds(1))
                #expect(try await queue.rings() == 1)
                try await queue.clock.advance(by: .seconds(1))
                #expect(try await queue.rings() == 1)
                #expect(try await queue.send("LLEN", queue.store.keys.news).int == 1)
            }
        }

        @Test func `a client on Redis's own clock has none to move`() throws {
            let client = try JobClient(redis: "redis://127.0.0.1:1")
            let error = #expect(throws: JobError.self) { try TestClock(of: client) }
            #expect(error?.code == .invalid)
        }

        @Test func `what does not come in time is reported with its name and place`() async {
            let error = await #expect(throws: ConditionNotMet.self) {
                try await eventually("pigs fly", within: .milliseconds(20)) { false }
            }
            #expect(error?.description.contains("pigs fly") == true)
            #expect(error?.description.contains("Tests.swift:") == true)
        }
    }
}
