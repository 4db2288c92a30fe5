internal import ArgumentParser
internal import Logging
internal import Martlet
internal import MartletOutbox

struct OutboxRelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Bring jobs from a database or a spool to Redis as they come, until stopped."
    )

    @Argument(help: "The database with the outbox, or the spool. A spool is made when it is missing.")
    var path: String
    @Option(help: "Count a job as sent when this many replicas of Redis have it.")
    var replicas: Int = 0
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (0...100).contains(replicas) else { throw ValidationError("--replicas \(replicas): use 0 to 100.") }
    }

    func run() async throws {
        let logger = Logger(label: "martlet") { StreamLogHandler.standardError(label: $0) }
        try await connection.withClient(logger: logger) { client in
            let relay = try OutboxRelay(
                spool: path,
                to: client,
                confirmedBy: replicas > 0 ? .replicas(replicas) : .redis
            )
            try await SignalledGroup(relay, logger: logger).run {
                logger.info("relaying", metadata: ["outbox": "\(path)"])
            }
        }
    }
}
