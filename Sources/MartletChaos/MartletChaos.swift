internal import ArgumentParser

/// Breaks Martlet on purpose and checks that it kept its promises.
///
/// Behind `ops/chaos`.
@main
struct MartletChaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Kill workers and Redis, lose replies, and check that no job was lost or ended twice.",
        subcommands: [
            RunCommand.self, WorkerCommand.self, CrashCommand.self, ArchiveStepCommand.self, RelayStepCommand.self,
            ProduceStepCommand.self,
        ],
        defaultSubcommand: RunCommand.self
    )
}
