internal import ArgumentParser
internal import Martlet

/// The noun `schedule`.
struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Shows schedules, changes them and steers them.",
        subcommands: [
            ScheduleListCommand.self, ScheduleShowCommand.self, ScheduleSetCommand.self, ScheduleRemoveCommand.self,
            SchedulePauseCommand.self, ScheduleResumeCommand.self, ScheduleRunCommand.self, ScheduleSlotsCommand.self,
            SchedulePreviewCommand.self,
        ]
    )
}

/// The names of schedules that a verb goes through one by one.
struct ScheduleNames: ParsableArguments {
    @Argument(help: "Names of schedules.")
    var names: [String]
    @OptionGroup var connection: ConnectionOptions

    /// Does `body` for each name. It says whether it did something; when none did, the exit code says that nothing
    /// matched.
    func forEach(_ body: (Inspector, String) async throws -> Bool) async throws {
        try await connection.withClient { client in
            var missed = 0
            for name in names {
                do {
                    if try await !body(client.inspector, name) { missed += 1 }
                } catch let error as JobError where error.code == .notFound {
                    Terminal.say("\(error)")
                    missed += 1
                }
            }
            if missed == names.count { throw ExitCode.noMatch }
        }
    }
}
