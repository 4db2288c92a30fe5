internal import ArgumentParser
internal import Martlet

struct ScheduleResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Resume schedules: fire each at once, then go on by its cron.",
        discussion: "Also enables schedules that were disabled because no program declares them any more."
    )

    @OptionGroup var names: ScheduleNames

    func run() async throws {
        try await names.forEach { inspector, name, person in
            guard let job = try await inspector.resumeSchedule(name, by: person) else {
                return Terminal.say("\(name): was neither paused nor disabled; nothing was changed")
            }
            Terminal.print("\(name): resumed; fired \(job)")
        }
    }
}
