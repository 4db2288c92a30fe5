public import ArgumentParser
internal import Foundation
public import Martlet
internal import MartletPrograms

/// The options that choose jobs, the same for a list and for a change.
struct FilterOptions: ParsableArguments {
    @Option(help: "Include only this queue; may be given more than once, as --type and --status may.")
    var queue: [String] = []
    @OptionGroup var kind: KindOptions

    /// Makes the filter, with times by Redis's clock, which shows `now`.
    ///
    /// It chooses jobs in `states` when --status is not given.
    func filter(states: Set<JobState>, now: Date) throws -> JobFilter {
        try kind.filter(queues: queue, states: states, now: now)
    }

    /// True when an option chooses jobs; --limit and --sort choose none.
    var isGiven: Bool { !queue.isEmpty || kind.isGiven }
}

/// The options that choose jobs, without the queue.
struct KindOptions: ParsableArguments {
    @Option(help: "Include only this job type.")
    var type: [String] = []
    @Option(help: ArgumentHelp("Include only this state.", valueName: "state"))
    var status: [JobState] = []
    @Option(help: "Include only jobs about this object, for example ldap-source/7.")
    var object: String?
    @Flag(help: "Include only jobs that are about no object and from no schedule.")
    var standalone = false
    @Option(help: "Include only jobs that this schedule fired.")
    var schedule: String?
    @Option(help: "Include only jobs with this in their error, warning or reason to wait.")
    var error: String?
    @Option(
        help: ArgumentHelp(
            "Include only from this time on: 2h (ago), 7d, yesterday, 2026-11-23, 2026-11-23T12:00:00Z, or ms since 1970.",
            discussion:
                "A finished job's time is its end, a scheduled one's when it is due, a running one's its start. A day is "
                + "its first moment, in this machine's zone: --since yesterday --until today is all of yesterday.",
            valueName: "time"
        ),
        transform: PastArgument.init
    )
    var since: PastArgument?
    @Option(help: ArgumentHelp("Include only up to this time.", valueName: "time"), transform: PastArgument.init)
    var until: PastArgument?
    @Option(help: ArgumentHelp("Take this many jobs at most.", valueName: "number"))
    var limit: Int?
    @Option(
        help: ArgumentHelp(
            "Sort in this order.",
            discussion: "attention: running jobs, then the next to run, the next to fall due, and the last finished."
        )
    )
    var sort: JobFilter.Order = .attention
    @Flag(help: "Include successful jobs, which are left out otherwise.")
    var all = false

    var isGiven: Bool {
        !type.isEmpty || !status.isEmpty || object != nil || standalone || schedule != nil || error != nil
            || since != nil
            || until != nil || all
    }

    func filter(queues: [String], states: Set<JobState>, now: Date) throws -> JobFilter {
        var filter = JobFilter()
        filter.queues = queues
        filter.types = Set(type)
        filter.states = status.isEmpty ? states.filter { all || $0 != .successful } : Set(status)
        if filter.states.count == JobState.allCases.count { filter.states = [] }
        filter.object = object
        filter.isStandalone = standalone
        filter.schedule = schedule
        filter.error = error
        filter.since = since?.time(now: now)
        filter.until = until?.time(now: now)
        filter.order = sort
        return filter
    }

    /// Reads the value of --limit, or takes the command's own.
    func limit(default standard: Int, most: Int) throws -> Int {
        let limit = limit ?? standard
        guard (1...most).contains(limit) else { throw ValidationError("--limit \(limit): use 1 to \(most).") }
        return limit
    }
}

/// A past moment as people name it: `2h` and `7d` (ago, by Redis's clock), `today`, `yesterday`, a day, an instant.
struct PastArgument {
    private enum Form {
        case ago(Duration)
        case daysBefore(Int)
        case at(Date)
    }
    private let form: Form

    /// - Throws: `ValidationError`, with what would be right.
    init(_ argument: String) throws {
        if let days = argument.hasSuffix("d") ? Int64(argument.dropLast()) : nil, (0...3650).contains(days) {
            form = .ago(.seconds(days * 86_400))
        } else if let ago = DurationText.parse(argument) {
            form = .ago(ago)
        } else if argument == "today" || argument == "yesterday" {
            form = .daysBefore(argument == "today" ? 0 : 1)
        } else {
            form = .at(try TimeArgument(argument).date)
        }
    }

    /// Computes the moment, seen from `now`.
    ///
    /// Days begin at midnight of this machine's zone.
    func time(now: Date) -> Date {
        switch form {
        case .ago(let span): return Date(milliseconds: now.milliseconds - span.milliseconds)
        case .at(let time): return time
        case .daysBefore(let days):
            let midnight = Calendar.current.startOfDay(for: now)
            return Calendar.current.date(byAdding: .day, value: -days, to: midnight) ?? midnight
        }
    }
}

extension JobState: ExpressibleByArgument {}
extension JobFilter.Order: ExpressibleByArgument {}
