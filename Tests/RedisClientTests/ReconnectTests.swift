import Logging
import MartletTesting
import RedisClient
import Synchronization
import Testing
import ProcessSupervision

@Suite(.timeLimit(.minutes(15))) struct ReconnectTests {
    @Test func `an absent server is told at once, with address and reason`() async throws {
        let client = try makeClient("redis://127.0.0.1:1/0")
        let start = ContinuousClock.now
        let error = await client.failure(of: "PING")
        #expect(error?.description == "cannot connect to redis://127.0.0.1:1/0: connection refused")
        #expect(error?.code == .connection)
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func `an absent socket and an unknown host say so`() async throws {
        let socket = try await makeClient("unix:///nowhere/redis.sock").failure(of: "PING")
        #expect(socket?.message == "cannot connect to unix:///nowhere/redis.sock: no such file or directory")
        let host = try await makeClient("redis://no-such-host.invalid").failure(of: "PING", deadline: .seconds(30))
        #expect(host?.isOutage == true)
        #expect(host?.message.contains("no-such-host.invalid") == true)
    }

    @Test func `a call during the rest waits for the next attempt, within its deadline`() async throws {
        let client = try makeClient("redis://127.0.0.1:1")
        let start = ContinuousClock.now
        _ = await client.failure(of: "PING")
        let early = await client.failure(of: "PING", deadline: .milliseconds(5))
        // On a slow machine the rest may be over before the call.
        #expect(early?.code == .timeout || early?.code == .connection)
        #expect(early?.message.contains("connection refused") == true)
        let late = await client.failure(of: "PING")
        #expect(late?.code == .connection)
        #expect(ContinuousClock.now - start >= .milliseconds(50))
    }

    @Test func `a client that ends soon writes its commands behind a handshake that nobody answers`() async throws {
        let heard = Mutex("")
        try await FakeServer.run { _, bytes in
            heard.withLock { $0 += bytes }
            return .silence
        } body: { server in
            let client = try makeClient(server.url) { $0.connectDeadline = .seconds(10) }
            let early = Task { await client.failure(of: "ECHO", ["early"], deadline: .seconds(600)) }
            try await eventually("the handshake is written") { heard.withLock { $0.contains("PING") } }
            #expect(!heard.withLock { $0.contains("early") })
            client.writeAhead()
            let late = Task { await client.failure(of: "ECHO", ["late"], deadline: .seconds(600)) }
            for word in ["early", "late"] {
                try await eventually("\(word) is written") { heard.withLock { $0.contains(word) } }
            }
            for error in [await early.value, await late.value] {
                #expect(error?.isOutage == true)
                #expect(error?.mayHaveBeenApplied == true)
            }
            await client.close()
        }
    }

    @Test func `a killed server that comes back is found again`() async throws {
        try await withClient(tcp: true) { client, server in
            _ = try await client.send(RedisCommand("PING"))
            server.kill()
            try await eventually("the loss is noticed") { await client.failure(of: "PING")?.isOutage == true }
            try await server.restart()
            try await eventually("the client is back") { await client.failure(of: "PING") == nil }
        }
    }

    @Test func `every caller of a killed server is answered`() async throws {
        try await withClient { client, server in
            _ = try await client.send(RedisCommand("PING"))
            let failures = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        var failures = 0
                        for _ in 0..<50 where await client.failure(of: "PING", deadline: .seconds(1)) != nil {
                            failures += 1
                            if failures == 3 { break }
                        }
                        return failures
                    }
                }
                server.kill()
                return await group.reduce(into: 0) { $0 += $1 }
            }
            #expect(failures <= 60)
        }
    }

    @Test func `a connection killed by CLIENT KILL is replaced`() async throws {
        try await withClient { client, server in
            let before = try await client.connectionID()
            let admin = try makeClient(server.url)
            _ = try await admin.send(RedisCommand("CLIENT", ["KILL", "ID", RedisArgument(before ?? 0)]))
            try await eventually("a new connection") {
                do throws(RedisError) {
                    return try await client.send(RedisCommand("CLIENT", ["ID"])).int != before
                } catch {
                    return false
                }
            }
            await admin.close()
        }
    }

    @Test func `concurrent callers share one attempt`() async throws {
        try await withClient { client, server in
            _ = await withTaskGroup(of: RedisError?.self) { group in
                for _ in 0..<50 { group.addTask { await client.failure(of: "PING") } }
                return await group.reduce(into: 0) { $0 += $1 == nil ? 0 : 1 }
            }
            let clients = try await client.send(RedisCommand("CLIENT", ["LIST"])).string ?? ""
            #expect(clients.split(separator: "\n").count == 1)
        }
    }

    @Test func `the log says once that the server is lost and once that it is back`() async throws {
        try await withRedisServer { server in
            let log = Log()
            let client = RedisClient(
                try RedisConfiguration(url: server.url),
                logger: Logger(label: "test") { _ in log }
            )
            _ = try await client.send(RedisCommand("PING"))
            server.kill()
            try await eventually("the loss is noticed") { log.levels.contains(.warning) }
            for _ in 0..<3 {
                await withTaskGroup { group in
                    for _ in 0..<20 { group.addTask { _ = await client.failure(of: "PING") } }
                }
            }
            // The log says that the connection was lost and then refused, a few times and not once for each of the
            // sixty callers.
            #expect((2...4).contains(log.levels.count { $0 == .warning }))
            #expect(!log.levels.contains(.info))
            try await server.restart()
            try await eventually("the client is back") { await client.failure(of: "PING") == nil }
            #expect(log.levels.count(where: { $0 == .info }) == 1)
        }
    }
}

/// A log handler that remembers the levels of what was logged.
private final class Log: LogHandler {
    private let seen = Mutex<[Logger.Level]>([])
    var levels: [Logger.Level] { seen.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    func log(event: LogEvent) {
        seen.withLock { $0.append(event.level) }
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
}
