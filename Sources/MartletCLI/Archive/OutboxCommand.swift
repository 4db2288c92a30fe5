internal import ArgumentParser
internal import Foundation
internal import Logging
internal import Martlet
internal import MartletOutbox
internal import ServiceLifecycle
internal import UnixSignals

/// The noun `outbox`.
struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox",
        abstract: "Look after jobs that wait in a database, or a spool, for Redis.",
        subcommands: [
            OutboxStatusCommand.self, OutboxRelayCommand.self, OutboxReplayCommand.self, OutboxRefusedCommand.self,
        ]
    )

    /// The outbox in a file that has to be there.
    static func open(_ path: String) throws -> Outbox {
        guard FileManager.default.fileExists(atPath: path) else {
            throw ValidationError("\(path): there is no such file")
        }
        return try Spool.open(path, mustBeThere: true)
    }

    /// Says how many jobs Redis would not have, and why the last of them.
    static func tellOfRefused(_ outbox: Outbox) async throws {
        let status = try await outbox.status()
        guard status.refused > 0 else { return }
        Terminal.say(Printable.escaped("\(status.refused) refused: \(status.refusal ?? "")", limit: 400))
    }
}

struct OutboxStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how many jobs wait for Redis, and for how long."
    )

    @Argument(help: "The database with the outbox, or the spool.")
    var path: String
    @Flag(help: "Print one JSON object, with the age in milliseconds.")
    var json = false

    func run() async throws {
        let status = try await OutboxCommand.open(path).status()
        if json {
            var fields: [String: JSONValue] = [
                "pending": .integer(Int64(status.pending)), "kept": .integer(Int64(status.kept)),
                "refused": .integer(Int64(status.refused)),
                "queues": .object(status.queues.mapValues { .integer(Int64($0)) }),
            ]
            fields["oldest_ms"] = status.oldest.map { .integer($0.milliseconds) }
            return Terminal.print(json: JSONValue.object(fields).text)
        }
        let age = status.oldest.map { ", the oldest for \(Moment.span($0.milliseconds))" } ?? ""
        Terminal.print("wait for Redis            \(status.pending)\(age)")
        for (queue, count) in status.queues.sorted(by: { $0.key < $1.key }) { Terminal.print("  \(queue)  \(count)") }
        Terminal.print("kept until they finished  \(status.kept)")
        Terminal.print("refused                   \(status.refused)")
        if let refusal = status.refusal { Terminal.print(Printable.escaped("  \(refusal)", limit: 400)) }
    }
}

struct OutboxRelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Bring jobs from a database or a spool to Redis as they come, until stopped."
    )

    @Argument(help: "The database with the outbox, or the spool; a spool is made where there is none.")
    var path: String
    @Option(help: "How many replicas of Redis have to have a job before it counts as sent.")
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
            logger.info("relaying", metadata: ["outbox": "\(path)"])
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [relay],
                    gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: logger
                )
            )
            try await group.run()
        }
    }
}

struct OutboxReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send the jobs that wait now; with --kept, also those that Redis has lost.",
        discussion: """
            A relay does both by itself, as soon as it sees that Redis has lost jobs. --kept is for jobs that were lost in \
            another way: one that has finished and gone from Redis before the relay saw it runs once more.
            """
    )

    @Argument(help: "The database with the outbox, or the spool.")
    var path: String
    @Flag(help: "Also the jobs that are kept and that Redis does not know.")
    var kept = false
    @Flag(help: "With --kept: do it.")
    var yes = false
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let outbox = try OutboxCommand.open(path)
        try await connection.withClient { client in
            guard let sent = try await OutboxRelay(outbox, to: client).relayOnce() else {
                Terminal.say("another relay is at work on \(path)")
                throw ExitCode.failure
            }
            Terminal.say("\(sent) sent")
            try await OutboxCommand.tellOfRefused(outbox)
            guard kept else { return }
            let lost = try await outbox.lostJobs(client)
            guard yes || lost.isEmpty else {
                Terminal.say("Redis does not know \(lost.count) of the kept jobs; to send them again, add --yes.")
                throw ExitCode.validationFailure
            }
            _ = try await client.enqueue(lost)
            Terminal.say("\(lost.count) sent again")
        }
    }
}
