import Foundation
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

@Suite(.timeLimit(.minutes(15))) struct DeadlineTests {
    @Test func `a missed deadline closes the connection and the next command gets a new one`() async throws {
        try await withClient { client, server in
            let before = try await client.connectionID()
            let observer = try makeClient(server.url)
            async let patient = client.failure(of: "BLPOP", ["nothing", "0"], deadline: .seconds(60))
            try await eventually("the patient command is with the server") {
                try await observer.send(RedisCommand("INFO", ["clients"])).string?.contains("blocked_clients:1") == true
            }
            let error = await client.failure(of: "INCR", ["n"], deadline: .milliseconds(200))
            #expect(error?.code == .timeout)
            #expect(error?.mayHaveBeenApplied == true)
            #expect(error?.isOutage == true)
            let other = await patient
            #expect(other?.code == .connection)
            #expect(other?.mayHaveBeenApplied == true)
            let after = try await client.connectionID()
            #expect(before != after)
            await observer.close()
        }
    }

    @Test func `a short deadline counts behind a long one`() async throws {
        try await withClient { client, server in
            _ = try await client.send(RedisCommand("PING"))
            kill(server.pid, SIGSTOP)
            let start = ContinuousClock.now
            async let first = client.failure(of: "PING", deadline: .seconds(600))
            async let second = client.failure(of: "PING", deadline: .seconds(500))
            async let third = client.failure(of: "PING", deadline: .milliseconds(100))
            let errors = await [first, second, third]
            #expect(errors.compactMap { $0 }.count == 3)
            #expect(ContinuousClock.now - start < .seconds(120))
            kill(server.pid, SIGCONT)
        }
    }

    @Test func `a command that waits for a connection keeps its deadline, and was surely not applied`() async throws {
        try await FakeServer.run { _, _ in
            .silence
        } body: { server in
            let client = try makeClient(server.url)
            let error = await client.failure(of: "PING", deadline: .milliseconds(100))
            #expect(error?.code == .timeout)
            #expect(error?.mayHaveBeenApplied == false)
            await client.close()
        }
    }

    @Test func `a server that accepts and says nothing misses the connect deadline`() async throws {
        try await FakeServer.run { _, _ in
            .silence
        } body: { server in
            let client = try makeClient(server.url) { $0.connectDeadline = .milliseconds(100) }
            let error = await client.failure(of: "PING", deadline: .seconds(500))
            #expect(error?.code == .connection)
            #expect(error?.message.contains("no answer within 0.1 seconds") == true)
            #expect(error?.mayHaveBeenApplied == false)
            await client.close()
        }
    }

    @Test func `many commands on time leave the connection alone`() async throws {
        try await withClient { client, _ in
            let before = try await client.connectionID()
            let end = ContinuousClock.now + .milliseconds(700)
            while ContinuousClock.now < end {
                _ = try await client.send(RedisCommand("PING"), deadline: .milliseconds(300))
            }
            let after = try await client.connectionID()
            #expect(before == after)
        }
    }
}
