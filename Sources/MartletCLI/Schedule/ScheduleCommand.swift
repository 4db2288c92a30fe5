internal import ArgumentParser
internal import Martlet

/// The noun `schedule`.
struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Show, change and steer schedules.",
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
    @OptionGroup var options: OperatorOptions

    /// Runs `body` for each name.
    ///
    /// Each change is recorded as the operator's.
    ///
    /// The exit code says that nothing matched when none of the schedules exists, and failure when some do not.
    func forEach(_ body: (Inspector, String, Operator) async throws -> Void) async throws {
        let `operator` = try options.operating()
        try await options.connection.withClient { client in
            var missed = 0
            for name in names {
                // A schedule that is not there is not changed, and the audit list gets no entry.
                guard try await client.inspector.schedule(name) != nil else {
                    Terminal.say("there is no schedule \(name)")
                    missed += 1
                    continue
                }
                try await body(client.inspector, name, `operator`)
            }
            guard missed > 0 else { return }
            throw missed == names.count ? ExitCode.noMatch : ExitCode.failure
        }
    }
}
