internal import ArgumentParser
internal import Martlet

struct LeaderResignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resign",
        abstract: "Make the leader hand over to another worker."
    )

    @OptionGroup var options: OperatorOptions

    func run() async throws {
        let person = try options.operating()
        try await options.connection.withClient { client in
            let inspector = client.inspector
            guard let worker = try await inspector.resignLeader(by: person) else {
                Terminal.say("nobody leads")
                throw ExitCode.noMatch
            }
            Terminal.print("\(Printable.escaped(worker, limit: 200)): leads no more")
        }
    }
}
