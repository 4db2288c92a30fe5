internal import ArgumentParser
internal import Foundation
internal import Martlet

struct SchedulePreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Print when a schedule or a cron expression is due next, and mark changes of the clocks.",
        discussion: """
            martlet schedule preview nightly
            martlet schedule preview --cron '30 2 * * *' --zone Europe/Berlin --from 2027-03-27T12:00:00Z
            martlet schedule preview --every 17h --anchor 2026-11-28T06:00:00Z

            With --cron or --every it previews that, not a schedule in Redis, and asks no Redis; a name then only \
            decides what H stands for.
            """
    )

    @Argument(help: "The schedule's name.")
    var name: String?
    @OptionGroup var times: CronOptions
    @Option(help: "Read --cron in this time zone, and print times in it. Default: UTC.")
    var zone: String?
    @Option(help: "Print this many instants, 1 to 1000.")
    var count: Int = 10
    @Option(
        help: "Begin after this time: 2026-11-23T12:00:00Z, 2026-11-23 (midnight), ms since 1970. Default: now.",
        transform: TimeArgument.init
    )
    var from: TimeArgument?
    @OptionGroup var options: ReadOptions

    func validate() throws {
        guard (1...1000).contains(count) else { throw ValidationError("--count \(count): use 1 to 1000.") }
        let isGiven = times.expression != nil
        guard name != nil || isGiven else { throw ValidationError("Give a schedule's name, --cron or --every.") }
        guard zone == nil || isGiven else { throw ValidationError("--zone goes with --cron or --every.") }
        guard let from else { return }
        guard (0..<253_402_300_800).contains(from.date.timeIntervalSince1970) else {
            throw ValidationError("--from: use a time from 1970 to 9999.")
        }
    }

    func run() async throws {
        if let cron = times.expression {
            let expression = try Cron(cron, name: name ?? "")
            let items = cron.split { $0 == " " || $0 == "\t" || $0 == "," }
            if name == nil, items.contains(where: { $0.hasPrefix("H") || $0.hasPrefix("h") }) {
                Terminal.say("note: H depends on the schedule's name; give that too")
            }
            try print(expression, in: Zone(zone ?? "UTC"), from: from?.date ?? Date(), offset: .zero)
            return
        }
        guard let name else { return }
        try await options.withInspector { inspector in
            guard let record = try await inspector.schedule(name) else {
                Terminal.say("there is no schedule \(name)")
                throw ExitCode.noMatch
            }
            guard let schedule = record.schedule else { throw JobError(.invalid, record.problem ?? "") }
            if record.status != "Enabled" { Terminal.say("\(name): \(record.status); this is when it would be due") }
            let now = try await inspector.now()
            let start = from?.date ?? now
            try print(schedule.cron, in: schedule.zone, from: start, offset: schedule.offset)
        }
    }

    private func print(_ cron: Cron, in zone: Zone, from start: Date, offset: Duration) throws {
        if !options.json {
            Terminal.say(cron.words(in: zone))
            if offset > .zero { Terminal.say("fired \(Moment.span(offset)) later: its offset by the splay") }
        }
        var table = Table([zone.identifier, "IN UTC", "CLOCKS"])
        var last = start
        for _ in 0..<count {
            guard let next = cron.next(after: last, in: zone) else { break }
            let change = cron.clockChange(at: next, in: zone)
            if options.json {
                var fields: [String: JSONValue] = [
                    "time": .integer(next.milliseconds), "clock": .string(zone.clock(at: next)),
                    "zone": .string(zone.identifier),
                    "due_at": .integer(next.milliseconds + offset.milliseconds),
                ]
                fields["change"] = change.map { .string($0.word) }
                Terminal.print(json: JSONValue.object(fields).text)
            } else {
                table.add([zone.clock(at: next), Moment.absolute(next), change?.text ?? ""])
            }
            last = next
        }
        if !options.json { table.print() }
    }
}

extension ClockChange {
    fileprivate var word: String {
        switch self {
        case .gap: "gap"
        case .firstOfTwo: "first of two"
        case .secondOfTwo: "second of two"
        }
    }

    fileprivate var text: String {
        switch self {
        case .gap(let lost): "put forward; stands in for \(lost), which does not come"
        case .firstOfTwo(let isSecondDue):
            "put back later; the first of two" + (isSecondDue ? "" : ", and the only one that is due")
        case .secondOfTwo: "put back before; the second of two"
        }
    }
}
