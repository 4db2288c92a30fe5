import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

@Suite(.timeLimit(.minutes(15))) struct ServerConditionTests {
    @Test func `a full server is typed as out of memory, from a script too`() async throws {
        try await withClient { client, _ in
            _ = try await client.send(RedisCommand("CONFIG", ["SET", "maxmemory", "1"]))
            #expect(await client.failure(of: "SET", ["k", "v"])?.code == .oom)
            let script = RedisScript(name: "set", source: "return redis.call('SET', KEYS[1], 1)")
            let error = await #expect(throws: RedisError.self) {
                try await client.evaluate(script, keys: ["k"], arguments: [])
            }
            #expect(error?.code == .oom)
        }
    }

    @Test func `a replica is typed as read only, and the next command connects afresh`() async throws {
        try await withClient { client, server in
            let admin = try makeClient(server.url)
            _ = try await admin.send(RedisCommand("REPLICAOF", ["127.0.0.1", "1"]))
            let before = try await client.connectionID()
            let error = await client.failure(of: "SET", ["k", "v"])
            #expect(error?.code == .readOnly)
            #expect(error?.mayHaveBeenApplied == false)
            let after = try await client.connectionID()
            #expect(before != after)
            await admin.close()
        }
    }

    @Test func `commands behind a READONLY reply still get their own`() async throws {
        try await withClient { client, server in
            _ = try await client.send(RedisCommand("REPLICAOF", ["127.0.0.1", "1"]))
            let results = await client.send([RedisCommand("SET", ["k", "v"]), RedisCommand("PING")])
            #expect(results.map { try? $0.get() } == [nil, .simple("PONG")])
        }
    }

    @Test func `a server blocked by a script is typed as busy`() async throws {
        try await withClient(arguments: ["--busy-reply-threshold", "20"]) { client, server in
            // A busy server refuses new connections, so these two are made before, and outlast a slow machine.
            _ = try await client.send(RedisCommand("PING"))
            let endless = client.dedicated(name: "endless")
            async let killed = endless.failure(of: "EVAL", ["while true do end", 0], deadline: .seconds(30))
            try await eventually("the server is busy") {
                await client.failure(of: "PING", deadline: .seconds(60))?.code == .busy
            }
            _ = try await client.send(RedisCommand("SCRIPT", ["KILL"]), deadline: .seconds(60))
            #expect(await killed?.code == .server)
            await endless.close()
        }
    }

    @Test(arguments: [
        ("-LOADING Redis is loading the dataset in memory\r\n", RedisError.Code.loading),
        ("-MISCONF Redis is configured to save RDB snapshots\r\n", .misconf),
        ("-MOVED 3999 127.0.0.1:6381\r\n", .moved),
        ("-NOAUTH Authentication required.\r\n", .noAuth),
        ("-ERR max number of clients reached\r\n", .connection),
    ])
    func `a condition is typed in the handshake and behind it`(reply: String, code: RedisError.Code) async throws {
        try await FakeServer.run { connection, bytes in
            .bytes(connection > 0 && bytes.contains("PING") ? "+PONG\r\n" : reply)
        } body: { server in
            let client = try makeClient(server.url)
            for _ in 0..<2 {
                let error = await client.failure(of: "GET", ["k"])
                #expect(error?.code == code)
                #expect(error?.isOutage == true)
                #expect(error?.mayHaveBeenApplied == false)
            }
            await client.close()
        }
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n", "*1000000000\r\n", ":x\r\n"])
    func `garbage ends the connection, and the next one can be good`(garbage: String) async throws {
        try await FakeServer.run { connection, bytes in
            .bytes(bytes.contains("PING") ? "+PONG\r\n" : connection == 0 ? garbage : ":1\r\n")
        } body: { server in
            let client = try makeClient(server.url)
            let error = await client.failure(of: "INCR", ["k"])
            #expect(error?.code == .protocolViolation)
            #expect(error?.mayHaveBeenApplied == true)
            #expect(try await client.send(RedisCommand("INCR", ["k"])) == .integer(1))
            await client.close()
        }
    }

    @Test func `a connection closed amid a reply fails the command, which may have been applied`() async throws {
        try await FakeServer.run { connection, bytes in
            if bytes.contains("PING") { return .bytes("+PONG\r\n") }
            return connection == 0 ? .close(after: "$10\r\nhalf") : .bytes(":1\r\n")
        } body: { server in
            let client = try makeClient(server.url)
            let error = await client.failure(of: "GET", ["k"])
            #expect(error?.code == .connection)
            #expect(error?.mayHaveBeenApplied == true)
            #expect(try await client.send(RedisCommand("INCR", ["k"])) == .integer(1))
            await client.close()
        }
    }

    @Test func `a reply above the limit ends the connection`() async throws {
        try await withRedisServer { server in
            let client = try makeClient(server.url) { $0.maximumReplyBytes = 1000 }
            _ = try await client.send(RedisCommand("SETRANGE", ["k", 100_000, "x"]))
            let error = await client.failure(of: "GET", ["k"])
            #expect(error?.code == .protocolViolation)
            #expect(error?.isOutage == false, "the same question would get the same answer")
            #expect(try await client.send(RedisCommand("STRLEN", ["k"])) == .integer(100_001))
            await client.close()
        }
    }

    @Test func `whose reply is too large is told so; who only shared its connection may ask again`() async throws {
        try await withRedisServer { server in
            let client = try makeClient(server.url) { $0.maximumReplyBytes = 1000 }
            _ = try await client.send(RedisCommand("SETRANGE", ["k", 1_000_000, "x"]))
            let results = await client.send([RedisCommand("GET", ["k"]), RedisCommand("GET", ["other"])])
            let codes = results.map { result -> RedisError.Code? in
                if case .failure(let error) = result { error.code } else { nil }
            }
            #expect(codes == [.protocolViolation, .connection])
            await client.close()
        }
    }

    @Test func `a reply that nobody asked for ends the connection`() async throws {
        try await FakeServer.run { connection, bytes in
            .bytes(bytes.contains("PING") ? "+PONG\r\n" : connection == 0 ? ":1\r\n:2\r\n" : ":3\r\n")
        } body: { server in
            let client = try makeClient(server.url)
            #expect(try await client.send(RedisCommand("INCR", ["k"])) == .integer(1))
            #expect(try await client.send(RedisCommand("INCR", ["k"])) == .integer(3))
            await client.close()
        }
    }
}
