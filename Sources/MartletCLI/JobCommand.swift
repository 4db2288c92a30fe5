public import ArgumentParser
public import Martlet

/// The noun `job`.
struct JobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "Enqueues jobs, shows them and steers them.",
        subcommands: [
            JobEnqueueCommand.self, JobListCommand.self, JobShowCommand.self, JobLogsCommand.self,
            JobCancelCommand.self, JobRestartCommand.self,
        ]
    )
}

extension JobID: ExpressibleByArgument {
    public init?(argument: String) {
        try? self.init(argument)
    }
}
