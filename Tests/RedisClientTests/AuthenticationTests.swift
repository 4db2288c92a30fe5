import Foundation
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

@Suite(.timeLimit(.minutes(15))) struct AuthenticationTests {
    @Test func `the password of the default user opens the server`() async throws {
        try await withRedisServer { server in
            let admin = try makeClient(server.url)
            _ = try await admin.send(RedisCommand("CONFIG", ["SET", "requirepass", "p@ss/word"]))
            let client = try makeClient(with(":p%40ss%2Fword", server))
            #expect(try await client.send(RedisCommand("PING")) == .simple("PONG"))
            await client.close()
        }
    }

    @Test(arguments: [("worker:hunter2", "user 'worker'"), ("nobody:hunter2", "user 'nobody'")])
    func `a wrong password or an unknown user is named, the password never`(user: String, named: String) async throws {
        try await withRedisServer { server in
            let admin = try makeClient(server.url)
            _ = try await admin.send(RedisCommand("ACL", ["SETUSER", "worker", "on", ">right", "~*", "+@all"]))
            let error = try await makeClient(with(user, server)).failure(of: "PING")
            #expect(error?.code == .noAuth)
            #expect(error?.isOutage == true)
            #expect(error?.message.contains(named) == true)
            #expect(!String(reflecting: error).contains("hunter2"))
        }
    }

    @Test func `a missing password says what to write`() async throws {
        try await withRedisServer(arguments: ["--maxclients", "100"]) { server in
            let admin = try makeClient(server.url)
            _ = try await admin.send(RedisCommand("CONFIG", ["SET", "requirepass", "secret"]))
            let error = try await makeClient(server.url).failure(of: "PING")
            #expect(error?.code == .noAuth)
            #expect(error?.message.contains("redis://:password@host") == true)
        }
    }

    @Test func `a user gets what its rules allow and NOPERM for the rest`() async throws {
        try await withRedisServer { server in
            let admin = try makeClient(server.url)
            let rules: [RedisArgument] = ["SETUSER", "reader", "on", ">right", "~open:*", "+get", "+eval", "+select"]
            _ = try await admin.send(RedisCommand("ACL", rules))
            let client = try makeClient(with("reader:right", server))
            #expect(try await client.send(RedisCommand("GET", ["open:1"])) == .null)
            #expect(await client.failure(of: "GET", ["shut:1"])?.code == .noPermission)
            #expect(await client.failure(of: "SET", ["open:1", "x"])?.code == .noPermission)
            let script = "return redis.call('SET', KEYS[1], 1)"
            #expect(await client.failure(of: "EVAL", [RedisArgument(script), 1, "open:1"])?.code == .noPermission)
            await client.close()
        }
    }

    @Test func `the database of the URL is selected, on every connection`() async throws {
        try await withRedisServer { server in
            let client = try makeClient(server.url + "?db=3") { $0.clientName = "third" }
            _ = try await client.send(RedisCommand("SET", ["where", "three"]))
            let info = try await client.send(RedisCommand("CLIENT", ["INFO"])).string
            #expect(info?.contains(" db=3 ") == true)
            #expect(info?.contains(" name=third ") == true)
            let other = try makeClient(server.url)
            #expect(try await other.send(RedisCommand("GET", ["where"])) == .null)
            await client.close()
        }
    }

    @Test func `a database or a name that the server refuses is a configuration error`() async throws {
        try await withRedisServer { server in
            let beyond = try await makeClient(server.url + "?db=99").failure(of: "PING")
            #expect(beyond?.code == .configuration)
            #expect(beyond?.message.contains("database 99") == true)
            let name = try await makeClient(server.url) { $0.clientName = "two words" }.failure(of: "PING")
            #expect(name?.code == .configuration)
            #expect(name?.message.contains("two words") == true)
        }
    }

    private func with(_ credentials: String, _ server: RedisServer) -> String {
        server.url.replacingOccurrences(of: "unix://", with: "unix://\(credentials)@")
    }
}
