import Foundation
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

@Suite(.timeLimit(.minutes(15))) struct RedisScriptTests {
    static let script = RedisScript(
        name: "sum",
        source: "return tonumber(ARGV[1]) + tonumber(redis.call('GET', KEYS[1]) or 0)"
    )

    @Test func `a script runs by its source once, then by its SHA`() async throws {
        try await withClient { client, _ in
            _ = try await sum(0, client)
            _ = try await client.send(RedisCommand("PING"))  // behind the reply with the SHA
            for number in 1..<5 {
                #expect(try await sum(number, client) == .integer(Int64(number)))
            }
            #expect(try await calls(of: "eval", client) == 1)
            #expect(try await calls(of: "evalsha", client) == 4)
            let waiter = client.dedicated(name: "other")
            #expect(try await sum(1, waiter) == .integer(1))
            #expect(try await calls(of: "evalsha", client) == 5)
            await waiter.close()
        }
    }

    @Test func `a script that was loaded runs by its SHA from the first call on`() async throws {
        try await withClient { client, _ in
            for _ in 0..<2 { try await client.load(Self.script) }
            #expect(try await calls(of: "script|load", client) == 1)
            #expect(try await sum(1, client) == .integer(1))
            #expect(try await calls(of: "eval", client) == nil)
            #expect(try await calls(of: "evalsha", client) == 1)
        }
    }

    @Test func `a flushed script cache heals`() async throws {
        try await withClient { client, _ in
            _ = try await sum(1, client)
            _ = try await client.send(RedisCommand("PING"))  // behind the reply with the SHA
            _ = try await sum(1, client)
            _ = try await client.send(RedisCommand("SCRIPT", ["FLUSH"]))
            #expect(try await sum(2, client) == .integer(2))
            #expect(try await sum(3, client) == .integer(3))
            #expect(try await calls(of: "eval", client) == 2)
        }
    }

    @Test func `a restarted server heals`() async throws {
        try await withClient { client, server in
            _ = try await sum(1, client)
            try await server.restart()
            try await eventually("the script runs again") {
                do {
                    return try await sum(2, client) == .integer(2)
                } catch let error as RedisError {
                    #expect(error.isOutage)
                    return false
                }
            }
        }
    }

    @Test func `a user without SCRIPT LOAD keeps using the source`() async throws {
        try await withClient { admin, server in
            let rules: [RedisArgument] = ["SETUSER", "worker", "on", ">pw", "~*", "+@all", "-script"]
            _ = try await admin.send(RedisCommand("ACL", rules))
            let client = try makeClient(server.url.replacingOccurrences(of: "unix://", with: "unix://worker:pw@"))
            try await client.load(Self.script)
            for number in 0..<3 {
                #expect(try await sum(number, client) == .integer(Int64(number)))
            }
            #expect(try await calls(of: "eval", admin) == 3)
            await client.close()
        }
    }

    @Test func `a failing script throws the server's words`() async throws {
        try await withClient { client, _ in
            let script = RedisScript(name: "fails", source: "return redis.error_reply('ERR on purpose')")
            let error = await #expect(throws: RedisError.self) {
                try await client.evaluate(script, keys: [], arguments: [])
            }
            #expect(error?.code == .server)
            #expect(error?.message.contains("on purpose") == true)
        }
    }

    private func sum(_ number: Int, _ client: RedisClient) async throws -> RedisValue {
        try await client.evaluate(Self.script, keys: ["absent"], arguments: [RedisArgument(number)])
    }

    private func calls(of command: String, _ client: RedisClient) async throws -> Int? {
        let info = try await client.send(RedisCommand("INFO", ["commandstats"])).string ?? ""
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_\(command):calls=") }
        return line.flatMap { $0.split(separator: "=")[1].split(separator: ",").first }.flatMap { Int($0) }
    }
}
