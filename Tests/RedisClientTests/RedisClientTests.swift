import MartletTesting
import RedisClient
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(15))) struct RedisClientTests {
    @Test func `50 tasks with 200 commands each get their own replies`() async throws {
        try await withClient { client, _ in
            try await withThrowingTaskGroup { group in
                for task in 0..<50 {
                    group.addTask {
                        for number in 0..<200 {
                            let text = "\(task) \(number)"
                            let reply = try await client.send(RedisCommand("ECHO", [RedisArgument(text)]))
                            #expect(reply.string == text)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `commands reach the server in the order of the calls`() async throws {
        let script = RedisScript(name: "append", source: "return redis.call('RPUSH', KEYS[1], ARGV[1])")
        try await withClient { client, _ in
            let (done, finish) = AsyncStream.makeStream(of: Void.self)
            for number in 0..<1000 {
                client.submit(script: script, keys: ["list"], arguments: [RedisArgument(number)]) { result in
                    #expect(throws: Never.self) { try result.get() }
                    if number == 999 { finish.finish() }
                }
            }
            for await _ in done {}
            let list = try await client.send(RedisCommand("LRANGE", ["list", 0, -1])).array
            #expect(list?.compactMap(\.int) == Array(0..<1000))
        }
    }

    @Test func `a batch gives one result for each command`() async throws {
        try await withClient { client, _ in
            let results = await client.send([
                RedisCommand("SET", ["text", "no number"]), RedisCommand("INCR", ["text"]),
                RedisCommand("STRLEN", ["text"]),
            ])
            let values = results.map { try? $0.get() }
            #expect(values == [.simple("OK"), nil, .integer(9)])
            #expect(await client.send([]).isEmpty)
        }
    }

    @Test func `a reply of some megabytes arrives whole`() async throws {
        try await withClient { client, _ in
            let bytes = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            _ = try await client.send(RedisCommand("SET", ["big", RedisArgument(bytes)]))
            #expect(try await client.send(RedisCommand("GET", ["big"])).bytes == bytes)
        }
    }

    @Test func `a blocked dedicated connection does not delay the shared one`() async throws {
        try await withClient { client, _ in
            let waiter = client.dedicated(name: "waiter")
            async let popped = waiter.send(RedisCommand("BLPOP", ["list", 600]), deadline: .seconds(700))
            try await eventually("the waiter is blocked") {
                try await client.send(RedisCommand("INFO", ["clients"])).string?.contains("blocked_clients:1") == true
            }
            let clients = try await client.send(RedisCommand("CLIENT", ["LIST"])).string
            #expect(clients?.contains("name=waiter") == true)
            _ = try await client.send(RedisCommand("RPUSH", ["list", "job"]))
            #expect(try await popped.array?.last?.string == "job")
            await waiter.close()
        }
    }

    @Test func `a cancelled caller of a blocked command returns, and the client stays usable`() async throws {
        try await withClient { client, _ in
            let waiter = client.dedicated(name: "waiter")
            let start = ContinuousClock.now
            let error = try await withThrowingTaskGroup(of: RedisError?.self) { group in
                group.addTask { await waiter.failure(of: "BLPOP", ["list", 600], deadline: .seconds(700)) }
                try await eventually("the waiter is blocked") {
                    try await client.send(RedisCommand("INFO", ["clients"])).string?.contains("blocked_clients:1")
                        == true
                }
                group.cancelAll()
                return try await group.next() ?? nil
            }
            #expect(error?.code == .closed)
            #expect(error?.mayHaveBeenApplied == true)
            #expect(ContinuousClock.now - start < .seconds(120))
            try await eventually("the server noticed") {
                try await client.send(RedisCommand("INFO", ["clients"])).string?.contains("blocked_clients:0") == true
            }
            #expect(try await waiter.send(RedisCommand("PING")) == .simple("PONG"))
            await waiter.close()
        }
    }

    @Test func `a caller cancelled before its call is answered at once`() async throws {
        try await withClient { client, _ in
            let waiter = client.dedicated(name: "waiter")
            let error = await withTaskGroup(of: RedisError?.self) { group in
                group.cancelAll()
                group.addTask { await waiter.failure(of: "BLPOP", ["list", 600], deadline: .seconds(700)) }
                return await group.next() ?? nil
            }
            #expect(error?.code == .closed)
            #expect(error?.mayHaveBeenApplied == false)
            await waiter.close()
        }
    }

    @Test func `a cancelled caller of a shared client still gets its reply`() async throws {
        try await withClient { client, _ in
            let reply = await withTaskGroup(of: String?.self) { group in
                group.cancelAll()
                group.addTask { try? await client.send(RedisCommand("PING")).string }
                return await group.next() ?? nil
            }
            #expect(reply == "PONG")
        }
    }

    @Test func `a closed client fails every call`() async throws {
        try await withClient { client, _ in
            _ = try await client.send(RedisCommand("PING"))
            await client.close()
            await client.close()
            let error = await client.failure(of: "PING")
            #expect(error?.code == .closed)
            #expect(error?.isOutage == false)
        }
    }

    @Test func `closing fails what is under way`() async throws {
        try await withClient { client, _ in
            let waiter = client.dedicated(name: "waiter")
            async let error = waiter.failure(of: "BLPOP", ["list", 600], deadline: .seconds(700))
            try await eventually("the waiter is blocked") {
                try await client.send(RedisCommand("INFO", ["clients"])).string?.contains("blocked_clients:1") == true
            }
            await waiter.close()
            #expect(await error?.code == .closed)
        }
    }

    @Test func `a released client closes its connection`() async throws {
        try await withClient { client, _ in
            var other: RedisClient? = client.dedicated(name: "other")
            _ = try await other?.send(RedisCommand("PING"))
            other = nil
            try await eventually("it left the list") {
                try await client.send(RedisCommand("CLIENT", ["LIST"])).string?.contains("name=other") == false
            }
        }
    }
}
