import Logging
import MartletTesting
import Testing

@testable import RedisClient

@Suite struct RedisClientTests {
    @Test(.timeLimit(.minutes(1)))
    func `a command gets its reply`() async throws {
        try await withRedisServer { server in
            let client = try makeClient(server.url)
            #expect(try await client.send(RedisCommand("PING")) == .simple("PONG"))
            await client.close()
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `50 tasks get their own replies in order`() async throws {
        try await withRedisServer { server in
            let client = try makeClient(server.url)
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
            await client.close()
        }
    }
}

func makeClient(_ url: String, adjust: (inout RedisConfiguration) -> Void = { _ in }) throws -> RedisClient {
    var configuration = try RedisConfiguration(url: url)
    adjust(&configuration)
    return RedisClient(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
}
