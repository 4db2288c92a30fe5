internal import ArgumentParser
internal import Martlet

struct ScheduleRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the jobs of schedules now, paused or not, and print the jobs' ids.",
        discussion: "The next slot stays where it is."
    )

    @OptionGroup var names: ScheduleNames

    func run() async throws {
        try await names.forEach { inspector, name, person in
            let job = try await inspector.runSchedule(name, by: person)
            Terminal.print("\(job)")
        }
    }
}
