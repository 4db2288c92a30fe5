internal import ArgumentParser

/// The noun `leader`.
struct LeaderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leader",
        abstract: "Show which worker fires schedules, and make it hand over.",
        subcommands: [LeaderShowCommand.self, LeaderResignCommand.self]
    )
}
