public import ProcessSupervision

/// Runs `body` with a private server, and stops the server afterwards, whatever happens.
public func withRedisServer<Result>(
    arguments: [String] = [],
    tcp: Bool = false,
    isolation: isolated (any Actor)? = #isolation,
    body: (RedisServer) async throws -> Result
) async throws -> Result {
    let server = try await RedisServer.start(arguments: arguments, tcp: tcp)
    do {
        let result = try await body(server)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}
