internal import ArgumentParser
internal import Martlet

struct LeaderResignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resign",
        abstract: "Has the leader hand over to another worker."
    )

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await connection.withClient { client in
            guard let worker = try await client.inspector.resignLeader() else {
                Terminal.say("nobody leads")
                throw ExitCode.noMatch
            }
            Terminal.print("\(Printable.escaped(worker, limit: 200)): leads no more")
        }
    }
}
