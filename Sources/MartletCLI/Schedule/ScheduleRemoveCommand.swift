internal import ArgumentParser
internal import Martlet

struct ScheduleRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove schedules with their ledgers. Their jobs stay.",
        discussion: """
            Without --yes it only says what it would remove. A schedule that a program declares comes back when that \
            program starts again: pause it instead.
            """
    )

    @Flag(help: "Remove them.")
    var yes = false
    @OptionGroup var names: ScheduleNames

    func run() async throws {
        var count = 0
        defer {
            if count > 0, !yes { Terminal.say("To remove \(count) schedule\(count == 1 ? "" : "s"), add --yes.") }
        }
        try await names.forEach { inspector, name, person in
            guard let schedule = try await inspector.schedule(name) else { return }
            count += 1
            if schedule.isDeclared { Terminal.say("\(name): a program declares it, and will bring it back") }
            guard yes else { return }
            if try await inspector.removeSchedule(name, by: person) { Terminal.print("\(name): removed") }
        }
        guard yes else { throw ExitCode.validationFailure }
    }
}
