internal import ArgumentParser
internal import Martlet
internal import Synchronization

/// The options of every command that reads.
struct ReadOptions: ParsableArguments {
    @Flag(help: "Print one JSON object a line, with times in milliseconds since 1970.")
    var json = false
    @Flag(help: "Print on standard error the redis-cli commands that read the same.")
    var showRedis = false
    @OptionGroup var connection: ConnectionOptions

    /// Runs `body` with an inspector.
    ///
    /// With --show-redis the inspector prints each command before it sends it.
    func withInspector<Result>(_ body: (Inspector) async throws -> Result) async throws -> Result {
        try await connection.withClient { client in
            let inspector = client.inspector
            guard showRedis else { return try await body(inspector) }
            // Some commands, such as `job wait`, ask the same again and again; each is printed once.
            let told = Told()
            return try await body(inspector.showingRedis { if told.isNew($0) { Terminal.say($0) } })
        }
    }
}

/// The lines that were printed before.
private final class Told: Sendable {
    private let lines: Mutex<Set<String>> = Mutex([])

    func isNew(_ line: String) -> Bool { lines.withLock { $0.insert(line).inserted } }
}
