internal import ArgumentParser
internal import Martlet

struct ScheduleResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Ends a pause: the schedules fire at once, and then go on by their cron.",
        discussion: "Also enables schedules that were disabled because no program declares them any more."
    )

    @OptionGroup var names: ScheduleNames

    func run() async throws {
        try await names.forEach { inspector, name, person in
            let job = try await inspector.recorded("schedule resume", of: name, by: person) { () throws(JobError) in
                try await inspector.resumeSchedule(name)
            }
            if let job {
                Terminal.print("\(name): resumed; fired \(job)")
            } else {
                Terminal.say("\(name): was neither paused nor disabled; nothing was changed")
            }
            return job != nil
        }
    }
}
