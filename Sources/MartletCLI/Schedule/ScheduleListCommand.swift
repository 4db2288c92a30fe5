internal import ArgumentParser
internal import Martlet

struct ScheduleListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List schedules: when they fire, when next, and how the last job ended."
    )

    @OptionGroup var options: ReadOptions

    func run() async throws {
        try await options.withInspector { inspector in
            let now = try await inspector.now()
            var table = Table(["NAME", "WHEN", "NEXT RUN", "LAST STATUS", "LAST RUN", "TYPE"])
            var seen: Set<String> = []
            for offset in stride(from: 0, to: try await inspector.scheduleCount(), by: Inspector.page) {
                // A schedule that was made meanwhile pushes others from the last page to this one.
                for schedule in try await inspector.schedules(offset: offset, limit: Inspector.page)
                where seen.insert(schedule.name).inserted {
                    guard !options.json else {
                        Terminal.print(json: schedule.json)
                        continue
                    }
                    table.add([
                        schedule.name, schedule.when, schedule.next(now: now), schedule.lastStatus,
                        schedule.firedAt.map { Moment.ago($0, now: now) } ?? "-", schedule.values[.type] ?? "-",
                    ])
                }
            }
            guard !seen.isEmpty else {
                Terminal.say(
                    "no schedules: martlet schedule set makes one, and so does a program that starts and declares one"
                )
                throw ExitCode.noMatch
            }
            if !options.json { table.print() }
            guard try await inspector.leader() == nil else { return }
            let alarm = "Nobody leads: no schedule fires."
            options.json ? Terminal.say(alarm) : Terminal.alert(alarm)
        }
    }
}
