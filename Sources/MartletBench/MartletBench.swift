internal import ArgumentParser

/// Measures Martlet on a Redis of its own and prints what it saw.
///
/// Behind `ops/bench`.
@main
struct MartletBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure Martlet on private redis-servers, each figure beside its ceiling.",
        subcommands: [RunCommand.self, WorkerCommand.self, CallerCommand.self],
        defaultSubcommand: RunCommand.self
    )
}
