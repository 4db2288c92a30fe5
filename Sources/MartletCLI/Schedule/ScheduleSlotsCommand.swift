internal import ArgumentParser
internal import Foundation
internal import Martlet

struct ScheduleSlotsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slots",
        abstract: "Print a schedule's ledger: what became of its last slots, the newest first."
    )

    @Argument(help: "The schedule's name.")
    var name: String
    @Option(help: "Show this many lines at most, 1 to 1000.")
    var limit: Int = 50
    @OptionGroup var options: ReadOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit \(limit): use 1 to 1000.") }
    }

    func run() async throws {
        try await options.withInspector { inspector in
            guard let schedule = try await inspector.schedule(name) else {
                Terminal.say("there is no schedule \(name)")
                throw ExitCode.noMatch
            }
            var entries: [SlotEntry] = []
            for offset in stride(from: 0, to: limit, by: Inspector.page) {
                let size = min(Inspector.page, limit - offset)
                entries += try await inspector.slots(of: name, offset: offset, limit: size)
            }
            guard !entries.isEmpty else {
                Terminal.say("\(name): no slot has come yet")
                throw ExitCode.noMatch
            }
            guard !options.json else { return entries.forEach { Terminal.print(json: $0.json) } }
            func clock(_ time: Date) -> String {
                schedule.schedule.map { $0.zone.clock(at: time) } ?? Moment.absolute(time)
            }
            var table = Table(["SLOT", "WHAT", "AT", "LATE", "JOB", "WHY"])
            for entry in entries {
                table.add([
                    entry.slot.map(clock) ?? "-", entry.kind.rawValue, clock(entry.time),
                    entry.late.map { Moment.span($0) } ?? "-", entry.job.map { "\($0)" } ?? "-", entry.reason(clock),
                ])
            }
            table.print()
        }
    }
}

extension SlotEntry {
    /// The reason for the decision, and the number of slots that the line stands for.
    fileprivate func reason(_ clock: (Date) -> String) -> String {
        let several = until == slot ? nil : until.map { "\(count.map { "\($0) slots " } ?? "")until \(clock($0))" }
        return [several, why].compactMap(\.self).joined(separator: "; ")
    }
}
