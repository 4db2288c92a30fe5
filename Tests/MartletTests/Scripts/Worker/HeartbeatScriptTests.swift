import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct HeartbeatScriptTests {
        @Test func `a beat notes the worker by Redis's clock, and the silent are forgotten`() async throws {
            try await withQueue { queue in
                let workers = queue.store.keys.workers
                let start = try await queue.clock.now().milliseconds
                try await queue.working.heartbeat(worker: "ada", forgottenAfter: .seconds(60))
                try await queue.clock.advance(by: .milliseconds(59_999))
                try await queue.working.heartbeat(worker: "bob", forgottenAfter: .seconds(60))
                var seen = try await queue.send("ZRANGE", workers, "0", "-1", "WITHSCORES").pairs
                #expect(seen == ["ada": "\(start)", "bob": "\(start + 59_999)"])
                try await queue.clock.advance(by: .milliseconds(1))
                for _ in 0..<2 { try await queue.working.heartbeat(worker: "bob", forgottenAfter: .seconds(60)) }
                seen = try await queue.send("ZRANGE", workers, "0", "-1", "WITHSCORES").pairs
                #expect(seen == ["bob": "\(start + 60_000)"])
            }
        }

        /// An order and the time that it stays are two commands, and the connection may be cut between them.
        @Test func `with a silent worker its hash and its orders go, also those without an end`() async throws {
            try await withQueue { queue in
                let keys = queue.store.keys
                try await queue.working.heartbeat(worker: "ada", forgottenAfter: .seconds(60))
                _ = try await queue.send("RPUSH", keys.orders("ada"), "quiet on")
                _ = try await queue.send("HSET", keys.worker("ada"), "host", "web1")
                try await queue.clock.advance(by: .seconds(60))
                try await queue.working.heartbeat(worker: "bob", forgottenAfter: .seconds(60))
                #expect(try await queue.send("EXISTS", keys.orders("ada"), keys.worker("ada")).int == 0)
            }
        }

        @Test func `a beat that is not to forget anybody forgets nobody`() async throws {
            try await withQueue { queue in
                try await queue.working.heartbeat(worker: "ada", forgottenAfter: .seconds(60))
                try await queue.clock.advance(by: .seconds(3600))
                try await queue.working.heartbeat(worker: "bob", forgottenAfter: nil)
                #expect(try await queue.send("ZCARD", queue.store.keys.workers).int == 2)
            }
        }
    }
}
