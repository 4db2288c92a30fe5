import Martlet
import MartletTesting
import Testing
import ProcessSupervision

/// The suites that need a server: they share one, and each test has a prefix of its own.
@Suite(.privateRedis, .timeLimit(.minutes(15)))
enum RedisTests {}

/// Starts a private redis-server around a suite.
struct PrivateRedis: SuiteTrait, TestScoping {
    @TaskLocal static var server: RedisServer?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withRedisServer(arguments: Role.users(prefix: "test-*")) { server in
            try await Self.$server.withValue(server) { try await function() }
        }
    }
}

extension Trait where Self == PrivateRedis {
    static var privateRedis: Self { Self() }
}
