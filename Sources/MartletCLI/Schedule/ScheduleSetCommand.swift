public import ArgumentParser
internal import Foundation
public import Martlet

struct ScheduleSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Make a schedule, or change some values of one.",
        discussion: """
            martlet schedule set nightly --cron 'H 3 * * 1-5' --zone Europe/Berlin --type report.daily

            On a schedule that a program declares it is an edit, which outlives deploys. What is not given stays as it is.
            """
    )

    @Argument(help: "The schedule's name: 1 to 100 of A-Z a-z 0-9 . _ -")
    var name: String
    @OptionGroup var times: CronOptions
    @Option(help: "Read the cron in this time zone, for example Europe/Berlin. Default for a new one: UTC.")
    var zone: String?
    @Option(help: "Fire jobs of this type.")
    var type: String?
    @Option(help: "Give the jobs this payload, JSON; - reads it from standard input. Default for a new one: {}.")
    var payload: String?
    @Option(help: "Fire to this queue. Default for a new one: default.")
    var queue: String?
    @Option(help: "Name what the jobs are about, for example ldap-source/7; an empty text for nothing.")
    var object: String?
    @OptionGroup var job: JobOptionsArguments
    @Option(help: "Fire up to this much later, each schedule by an offset of its own, for example 10m; 0s for none.")
    var splay: DurationArgument?
    @Option(
        help: ArgumentHelp(
            "Do this with slots that passed while nobody led: latest, skip, or all with a limit, for example 'all 100'.",
            valueName: "rule"
        )
    )
    var catchUp: CatchUp?
    @Option(help: "Do this with a slot while a job of the schedule has not finished: skip or allow it.")
    var overlap: Overlap?
    @OptionGroup var operating: OperatorOptions

    func validate() throws {
        let texts = [times.expression, zone, type, payload, queue, object]
        let others = [job.isGiven, splay != nil, catchUp != nil, overlap != nil]
        guard texts.contains(where: { $0 != nil }) || others.contains(true) else {
            throw ValidationError("Give what to set, for example --cron '0 3 * * *'.")
        }
    }

    func run() async throws {
        let edit = ScheduleEdit(
            cron: times.expression,
            zone: zone,
            type: type,
            payload: payload == "-" ? try PayloadInput.read() : payload,
            options: job.options(queue: queue, object: object),
            splay: splay?.duration,
            catchUp: catchUp,
            overlap: overlap
        )
        let person = try operating.operating()
        try await operating.connection.withClient { client in
            let inspector = client.inspector
            let word =
                switch try await inspector.setSchedule(name, edit, by: person) {
                case .created: "created"
                case .changed: "changed"
                case .unchanged: "unchanged"
                }
            guard let schedule = try await inspector.schedule(name) else { return }
            let now = try await inspector.now()
            if zone != nil, schedule.schedule?.cron.isInterval == true {
                Terminal.say("note: an interval goes by no time of day; the zone only decides how its times are shown")
            }
            Terminal.print(
                Printable.escaped("\(name): \(word); \(schedule.when); next run: \(schedule.next(now: now))")
            )
            if let rest = schedule.decidedAhead(now: now) {
                Terminal.say(Printable.escaped("\(rest.text); \(rest.remedy)"))
            }
        }
    }
}

extension CatchUp: ExpressibleByArgument {
    /// Reads a way of catching up from an argument; nil when it is none.
    public init?(argument: String) {
        self.init(argument)
    }
}

extension Overlap: ExpressibleByArgument {}
