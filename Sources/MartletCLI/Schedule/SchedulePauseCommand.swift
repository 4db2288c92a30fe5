internal import ArgumentParser
internal import Martlet

struct SchedulePauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause schedules: fire nothing until they are resumed. A deploy does not end the pause."
    )

    @OptionGroup var names: ScheduleNames

    func run() async throws {
        try await names.forEach { inspector, name, person in
            guard try await inspector.pauseSchedule(name, by: person) else {
                return Terminal.say("\(name): was paused before; nothing was changed")
            }
            Terminal.print("\(name): paused")
        }
    }
}
