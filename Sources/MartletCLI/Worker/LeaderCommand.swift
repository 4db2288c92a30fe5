internal import ArgumentParser

/// The noun `leader`.
struct LeaderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leader",
        abstract: "Names the worker that fires schedules, and has it hand over.",
        subcommands: [LeaderShowCommand.self, LeaderResignCommand.self]
    )
}
