import MartletTesting
import ProcessSupervision
import Foundation

import RedisClient
import Testing

/// Callers that read their replies themselves, beside whatever may come between.
@Suite(.timeLimit(.minutes(15))) struct LoneCallerTests {
    @Test func `lone calls over TLS get their own replies`() async throws {
        try await withTLSServer("--tls-auth-clients", "no") { port, certificates in
            let client = try makeClient("rediss://localhost:\(port)") {
                $0.tls?.trustRootsFile = certificates.path("ca.crt")
            }
            try await expectEchoes(client, 300)
            let large = [UInt8](repeating: 120, count: 70_000)
            #expect(try await client.send(RedisCommand("ECHO", [RedisArgument(large)])).bytes == large)
            await client.close()
        }
    }

    @Test func `fifty callers that begin and end beside a lone one get their own replies`() async throws {
        try await withClient { client, _ in
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await expectEchoes(client, 2000) }
                for _ in 0..<5 {
                    try await withThrowingDiscardingTaskGroup { crowd in
                        for _ in 0..<50 { crowd.addTask { try await expectEchoes(client, 5) } }
                    }
                    // The other caller is alone for a while.
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
        }
    }

    @Test func `fifty clients that each have one caller get their own replies`() async throws {
        try await withRedisServer { server in
            try await withThrowingDiscardingTaskGroup { group in
                for _ in 0..<50 {
                    group.addTask {
                        let client = try makeClient(server.url)
                        try await expectEchoes(client, 50)
                        await client.close()
                    }
                }
            }
        }
    }

    @Test(arguments: [5, 50], ["$5\r\nhel", "*2\r\n:1\r\n", ""])
    func `a server that closes the connection in a reply fails the lone caller`(calls: Int, half: String) async throws {
        try await FakeServer.run { _, bytes in
            bytes.contains("LAST") ? .close(after: half) : .bytes("+PONG\r\n")
        } body: { server in
            let client = try makeClient(server.url)
            for _ in 0..<20 {
                try await client.callAlone(calls)
                let error = await client.failure(of: "LAST")
                #expect(error?.code == .connection)
                #expect(error?.mayHaveBeenApplied == true)
            }
            await client.close()
        }
    }

    @Test(arguments: [5, 50])
    func `a server that closes the connection after a reply costs at most that reply`(calls: Int) async throws {
        try await FakeServer.run { _, bytes in
            bytes.contains("LAST") ? .close(after: ":7\r\n") : .bytes("+PONG\r\n")
        } body: { server in
            let client = try makeClient(server.url)
            for _ in 0..<50 {
                try await client.callAlone(calls)
                do throws(RedisError) {
                    #expect(try await client.send(RedisCommand("LAST")) == .integer(7))
                } catch {
                    #expect(error.code == .connection)
                    #expect(error.mayHaveBeenApplied)
                }
                // It may find the connection about to end.
                _ = await client.failure(of: "PING")
            }
            await client.close()
        }
    }

    @Test func `a reply that came while the process stood still counts, though its deadline has passed`() async throws {
        try await withRedisServer { server in
            try await withLoop { loop in
                let client = RedisClient(try RedisConfiguration(url: server.url), logger: silentLogger, eventLoop: loop)
                // A slow machine may stand still once more before it reads.
                try await eventually("a late reply counts") {
                    try await client.callAlone(50)
                    let (replies, came) = AsyncStream.makeStream(of: Result<RedisValue, RedisError>.self)
                    let gate = Gate(loop)
                    client.submit(
                        script: RedisScript(name: "seven", source: "return 7"),
                        keys: [],
                        arguments: [],
                        deadline: .milliseconds(100),
                        willAwait: true
                    ) { came.yield($0) }
                    try await Task.sleep(for: .milliseconds(200))
                    gate.open()
                    guard case .success(let reply) = await replies.first(where: { _ in true }) else { return false }
                    return reply.int == 7
                }
                await client.close()
            }
        }
    }

    /// Makes lone calls, each with an argument of its own.
    private func expectEchoes(_ client: RedisClient, _ count: Int) async throws {
        let caller = Int.random(in: 0...1_000_000)
        for number in 0..<count {
            let sent = "\(caller) \(number)"
            #expect(try await client.send(RedisCommand("ECHO", [RedisArgument(sent)])).string == sent)
        }
    }
}
