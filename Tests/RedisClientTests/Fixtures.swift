import Foundation
import Logging
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// Makes a client that logs nothing and closes its connection when it is released.
func makeClient(_ url: String, adjust: (inout RedisConfiguration) -> Void = { _ in }) throws -> RedisClient {
    var configuration = try RedisConfiguration(url: url)
    adjust(&configuration)
    return RedisClient(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
}

/// Runs `body` with a client of a server of its own.
func withClient(
    arguments: [String] = [],
    tcp: Bool = false,
    body: (RedisClient, RedisServer) async throws -> Void
) async throws {
    try await withRedisServer(arguments: arguments, tcp: tcp) { server in
        let client = try makeClient(server.url)
        try await body(client, server)
        await client.close()
    }
}

extension RedisClient {
    /// Runs a command and returns the error that it ends with.
    func failure(of name: String, _ arguments: [RedisArgument] = [], deadline: Duration? = nil) async -> RedisError? {
        do {
            _ = try await send(RedisCommand(name, arguments), deadline: deadline)
            return nil
        } catch {
            return error
        }
    }

    /// The id that the server gave to the present connection.
    func connectionID() async throws -> Int? {
        try await send(RedisCommand("CLIENT", ["ID"])).int
    }
}
