internal import ArgumentParser
internal import Logging
internal import Martlet

/// Where Redis is: the same options on every command that needs it.
struct ConnectionOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The server: redis://[user:password@]host[:port][/database], rediss:// for TLS, or unix:///path.",
            discussion: "Default: $MARTLET_REDIS_URL, else redis://127.0.0.1:6379.",
            valueName: "url"
        )
    )
    var redis: String?

    @Option(name: .long, help: "What every key begins with.")
    var prefix: String = "martlet"

    /// The prefix, for what needs no connection.
    func checkedPrefix() throws -> String { try Name.checked(prefix, field: "prefix") }

    /// Runs `body` with a client, and closes it.
    func withClient<Result>(
        logger: Logger = Logger(label: "martlet") { _ in SwiftLogNoOpLogHandler() },
        _ body: (JobClient) async throws -> Result
    ) async throws -> Result {
        let client = try JobClient(redis: redis, prefix: prefix, logger: logger)
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }
}
