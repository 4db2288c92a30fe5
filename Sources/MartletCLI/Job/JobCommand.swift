internal import ArgumentParser
internal import Martlet

/// The noun `job`.
struct JobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "Enqueue, show and steer jobs.",
        subcommands: [
            JobEnqueueCommand.self, JobListCommand.self, JobShowCommand.self, JobExplainCommand.self,
            JobLogsCommand.self, JobWaitCommand.self,
            JobRestartCommand.self, JobCancelCommand.self, JobDeleteCommand.self,
        ]
    )
}

extension JobID {
    /// Reads an id from an argument; an error has the words of ``JobError``.
    static func argument(_ text: String) throws -> JobID {
        do {
            return try JobID(text)
        } catch {
            throw ValidationError(error.message)
        }
    }
}
