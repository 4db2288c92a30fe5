internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletOutbox

/// The noun `outbox`.
struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox",
        abstract: "Look after jobs that wait in a database, or a spool, for Redis.",
        subcommands: [
            OutboxStatusCommand.self, OutboxRelayCommand.self, OutboxReplayCommand.self, OutboxRefusedCommand.self,
        ]
    )

    /// Opens the outbox in a file, which has to be there.
    static func open(_ path: String) throws -> Outbox {
        guard FileManager.default.fileExists(atPath: path) else {
            throw ValidationError("\(path): there is no such file")
        }
        return try Spool.open(path, mustBeThere: true)
    }

    /// Says how many jobs Redis refused, and why it refused the last of them.
    static func tellOfRefused(_ outbox: Outbox) async throws {
        let status = try await outbox.status()
        guard status.refused > 0 else { return }
        Terminal.say(Printable.escaped("\(status.refused) refused: \(status.refusal ?? "")", limit: 400))
    }
}
