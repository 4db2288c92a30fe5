internal import ArgumentParser
internal import Foundation
internal import Martlet

struct ScheduleShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show everything about one schedule, and which of its declared values were edited.",
        discussion: "In JSON, fields that begin with declared_ have the program's values of what was edited."
    )

    @Argument(help: "The schedule's name.")
    var name: String
    @OptionGroup var options: ReadOptions

    func run() async throws {
        try await options.withInspector { inspector in
            guard let schedule = try await inspector.schedule(name) else {
                Terminal.say("there is no schedule \(name)")
                throw ExitCode.noMatch
            }
            guard !options.json else { return Terminal.print(json: schedule.json) }
            let now = try await inspector.now()
            printState(schedule, now: now)
            printValues(schedule)
            printEdits(schedule)
        }
    }

    private func printState(_ schedule: ScheduleRecord, now: Date) {
        func moment(_ time: Date?) -> String? {
            guard let time else { return nil }
            let clock = schedule.schedule.map { $0.zone.clock(at: time) } ?? Moment.absolute(time)
            return "\(clock) (\(Moment.relative(time, now: now)))"
        }
        fact("schedule", schedule.name)
        fact("status", schedule.status)
        fact("problem", schedule.problem)
        fact("paused", moment(schedule.pausedAt))
        fact("disabled", moment(schedule.disabledAt))
        fact("reason", schedule.disabledText)
        fact("when", schedule.when)
        fact("next slot", moment(schedule.nextSlot))
        if schedule.nextDue != schedule.nextSlot { fact("fires", moment(schedule.nextDue)) }
        fact("last slot", moment(schedule.lastSlot))
        fact("last fired", moment(schedule.firedAt))
        fact("last job", schedule.lastJob.map { "\($0)" })
        fact("last status", schedule.lastJob == nil ? nil : schedule.lastStatus)
        fact("origin", schedule.isDeclared ? "declared by a program" : "made by an operator")
        fact("declared by", schedule.declaredBy.map { "worker \($0)" })
        fact("but not by", schedule.dispute(now: now).map { "worker \($0), which started earlier and differs" })
        fact("created", moment(schedule.createdAt))
    }

    private func printValues(_ schedule: ScheduleRecord) {
        for field in ScheduleField.allCases {
            guard let value = schedule.values[field], !(field == .splay && value == "0") else { continue }
            fact(field.title, field.text(value))
        }
    }

    private func printEdits(_ schedule: ScheduleRecord) {
        guard !schedule.edited.isEmpty else { return }
        Terminal.print("")
        Terminal.print("Edited; give the declared value back to end an edit")
        var table = Table(["FIELD", "EDITED", "DECLARED"])
        for field in ScheduleField.allCases where schedule.edited.contains(field) {
            func text(_ values: [ScheduleField: String]) -> String { values[field].map(field.text) ?? "-" }
            table.add([field.title, text(schedule.values), text(schedule.declaredValues)])
        }
        table.print()
    }

    private func fact(_ name: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        let label = (name + ":").padding(toLength: 14, withPad: " ", startingAt: 0)
        Terminal.print(label + Printable.escaped(value, limit: 4096))
    }
}

extension ScheduleField {
    /// The field's name on the command line.
    fileprivate var title: String {
        switch self {
        case .splay: "splay"
        case .catchUp: "catch up"
        default: rawValue
        }
    }

    fileprivate func text(_ value: String) -> String {
        guard self == .splay, let splay = StoredNumber.span(value) else { return value.isEmpty ? "-" : value }
        return Moment.span(splay)
    }
}
