internal import ArgumentParser
internal import Foundation
internal import Logging
internal import Martlet
internal import RedisClient

/// The options of the connection to Redis, the same on every command that needs it.
struct ConnectionOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The server: redis://[user[:password]@]host[:port][/database], rediss:// for TLS, or unix:///path.",
            discussion: """
                Default: $MARTLET_REDIS_URL, else redis://127.0.0.1:6379. Give a password with $MARTLET_REDIS_URL or \
                --redis-password-file: in this option it is visible in the list of processes until martlet has hidden it.
                """,
            valueName: "url"
        )
    )
    var redis: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Read the password from this file; the URL then has none. Default: $MARTLET_REDIS_PASSWORD_FILE.",
            valueName: "path"
        )
    )
    var redisPasswordFile: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Trust the certificate authorities in this PEM file, in place of the system's.",
            valueName: "path"
        )
    )
    var tlsCa: String?

    @Option(name: .long, help: ArgumentHelp("Show the server the certificate in this PEM file.", valueName: "path"))
    var tlsCert: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The key of --tls-cert. Default: it is in the same file.", valueName: "path")
    )
    var tlsKey: String?

    @Option(name: .long, help: "Begin every key in Redis with this.")
    var prefix: String = "martlet"

    func validate() throws {
        guard tlsKey == nil || tlsCert != nil else { throw ValidationError("--tls-key goes with --tls-cert.") }
    }

    /// The prefix, checked, for commands that need no connection.
    func checkedPrefix() throws -> String { try Name.checked(prefix, field: "prefix") }

    /// Runs `body` with a client, and closes it.
    func withClient<Result>(
        logger: Logger = Logger(label: "martlet") { _ in SwiftLogNoOpLogHandler() },
        _ body: (JobClient) async throws -> Result
    ) async throws -> Result {
        let client = try JobClient(redis: try configuration(), prefix: prefix, logger: logger)
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    private func configuration() throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(
            url: redis,
            passwordFile: redisPasswordFile,
            environment: ProcessInfo.processInfo.environment
        )
        guard tlsCa != nil || tlsCert != nil else { return configuration }
        guard configuration.tls != nil else {
            throw ValidationError("--tls-ca and --tls-cert go with a server that speaks TLS: write rediss://host:port")
        }
        configuration.tls?.trustRootsFile = tlsCa
        configuration.tls?.certificateFile = tlsCert
        configuration.tls?.keyFile = tlsKey
        return configuration
    }
}
