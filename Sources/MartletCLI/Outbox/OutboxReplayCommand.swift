internal import ArgumentParser
internal import Martlet
internal import MartletOutbox

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
    @Flag(help: "Send also the kept jobs that Redis does not know.")
    var kept = false
    @Flag(help: "With --kept: send them.")
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
