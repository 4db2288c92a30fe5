internal import ArgumentParser
internal import Martlet

/// What every command that reads has.
struct ReadOptions: ParsableArguments {
    @Flag(help: "One JSON object a line; times in milliseconds since 1970.")
    var json = false
    @Flag(help: "Say on standard error with which redis-cli commands this is read.")
    var showRedis = false
    @OptionGroup var connection: ConnectionOptions

    /// Runs `body` with an inspector, which tells what it asks of Redis where that is wanted.
    func withInspector<Result>(_ body: (Inspector) async throws -> Result) async throws -> Result {
        try await connection.withClient { client in
            let inspector = client.inspector
            return try await body(showRedis ? inspector.showingRedis { Terminal.say($0) } : inspector)
        }
    }
}
