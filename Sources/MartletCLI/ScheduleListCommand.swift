internal import ArgumentParser
internal import Martlet

struct ScheduleListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists schedules: when they fire, what is next, and how the last job ended."
    )

    @Flag(help: "One JSON object a line; times in milliseconds since 1970.")
    var json = false
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await connection.withClient { client in
            let inspector = client.inspector
            let now = try await inspector.now()
            var table = Table(["NAME", "WHEN", "NEXT RUN", "LAST STATUS", "LAST RUN", "TYPE"])
            var seen: Set<String> = []
            for offset in stride(from: 0, to: try await inspector.scheduleCount(), by: Inspector.page) {
                // What was made meanwhile has pushed some to this page that the last one had.
                for schedule in try await inspector.schedules(offset: offset, limit: Inspector.page)
                where seen.insert(schedule.name).inserted {
                    guard !json else {
                        Terminal.print(json: schedule.json)
                        continue
                    }
                    table.add([
                        schedule.name, schedule.when, schedule.next(now: now), schedule.lastStatus,
                        schedule.firedAt.map { Moment.relative($0, now: now) } ?? "-", schedule.values[.type] ?? "-",
                    ])
                }
            }
            guard !seen.isEmpty else {
                Terminal.say("no schedules")
                throw ExitCode.noMatch
            }
            if !json { table.print() }
        }
    }
}
