import Foundation
import Logging
import MartletTesting
import ProcessSupervision
import RedisClient
import Synchronization
import Testing

/// Commands that a caller writes from its own thread, because nothing is in flight.
@Suite(.timeLimit(.minutes(15))) struct CallerWriteTests {
    @Test(arguments: [true, false])
    func `a command of a lone caller reaches the server while the event loop is held up`(tcp: Bool) async throws {
        try await withClient(tcp: tcp) { observer, server in
            try await withLoop { loop in
                let client = RedisClient(
                    try RedisConfiguration(url: server.url),
                    logger: silentLogger,
                    eventLoop: loop
                )
                try await client.callAlone(5)
                let gate = Gate(loop)
                async let reply = client.send(RedisCommand("INCR", ["n"]), deadline: .seconds(600))
                try await eventually("the command was applied") {
                    try await observer.send(RedisCommand("GET", ["n"])).int == 1
                }
                // The next ones wait for the event loop, because one is in flight.
                async let next = client.send(RedisCommand("INCR", ["n"]), deadline: .seconds(600))
                gate.open()
                #expect(try await reply == .integer(1))
                #expect(try await next == .integer(2))
                await client.close()
            }
        }
    }

    @Test func `where all is left to the event loop, a command waits for it`() async throws {
        try await withClient { observer, server in
            try await withLoop { loop in
                let client = RedisClient(try RedisConfiguration(url: server.url), logger: silentLogger, eventLoop: loop)
                client.leaveAllToEventLoop()
                try await client.callAlone(50)
                let gate = Gate(loop)
                async let reply = client.send(RedisCommand("INCR", ["n"]), deadline: .seconds(600))
                for _ in 0..<50 { #expect(try await observer.send(RedisCommand("GET", ["n"])) == .null) }
                gate.open()
                #expect(try await reply == .integer(1))
                await client.close()
            }
        }
    }

    @Test func `many callers at once keep the order of their commands`() async throws {
        let script = RedisScript(name: "append", source: "return redis.call('RPUSH', KEYS[1], ARGV[1])")
        try await withClient { client, _ in
            await withDiscardingTaskGroup { group in
                for caller in 0..<8 {
                    group.addTask {
                        for number in 0..<500 {
                            client.submit(script: script, keys: ["\(caller)"], arguments: [RedisArgument(number)]) {
                                #expect(throws: Never.self, performing: $0.get)
                            }
                            // Some go out alone, others with those before them.
                            if number % 7 == caller % 7 { _ = try? await client.send(RedisCommand("PING")) }
                        }
                    }
                }
            }
            for caller in 0..<8 {
                let list = try await client.send(RedisCommand("LRANGE", [RedisArgument("\(caller)"), 0, -1])).array
                #expect(list?.compactMap(\.int) == Array(0..<500))
            }
        }
    }

    @Test(arguments: [true, false])
    func `a command that the socket takes in parts arrives whole, before those behind it`(tcp: Bool) async throws {
        try await withClient(tcp: tcp) { client, _ in
            let bytes = (0..<20_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            for _ in 0..<3 {
                try await client.callAlone(5)
                async let stored = client.send(RedisCommand("SET", ["large", RedisArgument(bytes)]))
                async let length = client.send(RedisCommand("STRLEN", ["large"]))
                async let others = client.send((0..<100).map { RedisCommand("ECHO", [RedisArgument($0)]) })
                #expect(try await stored == .simple("OK"))
                _ = try await length
                #expect(try await others.map { try $0.get().int } == Array(0..<100))
                #expect(try await client.send(RedisCommand("GET", ["large"])).bytes == bytes)
            }
        }
    }

    @Test(arguments: [1, 20_000_000], [5, 50])
    func `a server that reads no more costs a lone caller its deadline`(size: Int, calls: Int) async throws {
        try await withClient { client, server in
            for _ in 0..<2 {
                // It answers again, so nothing is in flight.
                try await client.callAlone(calls)
                kill(server.pid, SIGSTOP)
                let large = RedisArgument([UInt8](repeating: 1, count: size))
                let error = await client.failure(of: "SET", ["k", large], deadline: .milliseconds(200))
                #expect(error?.code == .timeout)
                #expect(error?.mayHaveBeenApplied == true)
                kill(server.pid, SIGCONT)
            }
        }
    }

    @Test(arguments: [Duration.milliseconds(50), .milliseconds(300), .seconds(600)])
    func `a lone caller's deadline holds whichever moment the event loop looks at next`(other: Duration) async throws {
        try await withClient { client, server in
            try await client.callAlone(50)
            // Its timer is set, and nobody waits for it any more.
            _ = try await client.send(RedisCommand("PING"), deadline: other)
            kill(server.pid, SIGSTOP)
            let start = ContinuousClock.now
            let error = await client.failure(of: "PING", deadline: .milliseconds(150))
            #expect(error?.code == .timeout)
            #expect(ContinuousClock.now - start >= .milliseconds(150))
            kill(server.pid, SIGCONT)
        }
    }

    @Test(arguments: [5, 50])
    func `a server that closes an idle connection costs nobody a wrong reply, or a file`(calls: Int) async throws {
        try await withClient { client, _ in
            let before = try openFiles()
            for number in 0..<50 {
                let victim = try await client.connectionID()
                _ = await client.failure(of: "CLIENT", ["KILL", "ID", RedisArgument(victim ?? 0), "SKIPME", "no"])
                // The client may have heard of it or not.
                _ = try? await client.send(RedisCommand("SET", ["n", RedisArgument(number)]))
                let text = try await client.send(RedisCommand("ECHO", [RedisArgument(number)]))
                #expect(text.int == number)
                try await client.callAlone(calls)
            }
            // Other tests open files, too, and close them.
            try await eventually("no file is left open") { try openFiles() < before + 40 }
        }
    }

    @Test func `a cancelled lone caller of a blocked command returns`() async throws {
        try await withClient { client, _ in
            let waiter = client.dedicated(name: "waiter")
            for _ in 0..<3 {
                _ = try await waiter.send(RedisCommand("PING"))
                let call = Task { await waiter.failure(of: "BLPOP", ["list", 600], deadline: .seconds(700)) }
                try await eventually("the waiter is blocked") {
                    try await client.send(RedisCommand("INFO", ["clients"])).string?.contains("blocked_clients:1")
                        == true
                }
                call.cancel()
                let error = await call.value
                #expect(error?.code == .closed)
                #expect(error?.mayHaveBeenApplied == true)
            }
            await waiter.close()
        }
    }

    @Test func `closing the client fails the command that a lone caller wrote`() async throws {
        try await withClient { client, server in
            let other = try makeClient(server.url)
            _ = try await other.send(RedisCommand("PING"))
            let call = Task { await other.failure(of: "BLPOP", ["list", 600], deadline: .seconds(700)) }
            try await eventually("it is blocked") {
                try await client.send(RedisCommand("INFO", ["clients"])).string?.contains("blocked_clients:1") == true
            }
            await other.close()
            let error = await call.value
            #expect(error?.code == .closed)
            #expect(error?.mayHaveBeenApplied == true)
            #expect(await other.failure(of: "PING")?.code == .closed)
        }
    }

    @Test func `lone calls of all kinds get their own replies`() async throws {
        let script = RedisScript(name: "double", source: "return 2 * ARGV[1]")
        try await withClient { client, _ in
            let large = RedisArgument([UInt8](repeating: 120, count: 70_000))
            _ = try await client.send(RedisCommand("SET", ["large", large]))
            _ = try await client.send(RedisCommand("SET", ["text", "none"]))
            for number in 0..<300 {
                try await client.callAlone(number % 20)
                #expect(try await client.send(RedisCommand("ECHO", [RedisArgument(number)])).int == number)
                #expect(await client.failure(of: "INCR", ["text"])?.code == .server)
                let double = try await client.evaluate(script, keys: [], arguments: [RedisArgument(number)])
                #expect(double.int == 2 * number)
                if number % 10 == 0 { _ = try await client.send(RedisCommand("SCRIPT", ["FLUSH"])) }
                #expect(try await client.send(RedisCommand("GET", ["large"])).bytes?.count == 70_000)
                let pair = await client.send([RedisCommand("GET", ["text"]), RedisCommand("PING")])
                #expect(try pair.map { try $0.get().string } == ["none", "PONG"])
            }
        }
    }

    @Test func `a second caller that comes while the first waits is served beside it`() async throws {
        try await withClient { client, _ in
            for number in 0..<200 {
                try await client.callAlone(12)
                async let first = client.send(RedisCommand("ECHO", [RedisArgument(number)]))
                async let second = client.send(RedisCommand("ECHO", [RedisArgument(-number)]))
                #expect(try await (first.int, second.int) == (number, -number))
            }
        }
    }

    private func openFiles() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count
    }
}
