public import FoundationEssentials

/// Selects jobs, for lists and for changes of many jobs alike.
///
/// A property left at its default does not restrict.
public struct JobFilter: Sendable, Hashable {
    /// The orders in which jobs are looked at and shown.
    public enum Order: String, Sendable, Hashable, CaseIterable {
        /// The order of an operator's attention: running jobs, then the next to run, then the next to fall due, then
        /// the last finished.
        case attention
        /// The order by the moment of what happened last or will happen next, the latest first; see
        /// ``JobFilter/since``.
        case newest
        /// The order by the same moment, the earliest first.
        case oldest
    }

    /// Only these queues; empty: all of them.
    public var queues: [String] = []
    /// Only these job types; empty: all.
    public var types: Set<String> = []
    /// Only these states; empty: all.
    public var states: Set<JobState> = []
    /// Only jobs about this object.
    public var object: String?
    /// Only jobs that are about no object and from no schedule.
    public var isStandalone = false
    /// Only jobs that this schedule fired.
    public var schedule: String?
    /// Only jobs whose error, warning or reason to wait contains this text, whatever the case of its letters.
    public var error: String?
    /// Only jobs whose moment is not before this one, by Redis's clock.
    ///
    /// The moment is the end of a finished job, the due time of a scheduled job, the start of a running job, and the
    /// time since which a waiting job waits.
    public var since: Date?
    /// Only jobs whose moment is not after this one, by Redis's clock.
    public var until: Date?
    /// The order in which the jobs come.
    public var order = Order.attention

    /// Selects every job.
    public init() {}

    /// Checks the values.
    ///
    /// - Throws: ``JobError`` with the code `invalid`, which names the field.
    package func check() throws(JobError) {
        for queue in queues { _ = try Name.checked(queue, field: "queue") }
        for type in types { _ = try Name.checked(type, field: "type") }
        if let schedule { _ = try Name.checked(schedule, field: "schedule") }
        if let object, !JobLimits.objectBytes.contains(object.utf8.count) {
            throw .invalid("object", object, "use a text of 1 to 256 bytes")
        }
        if let error, error.isEmpty { throw .invalid("error", error, "use a part of the error's text") }
        if isStandalone, object != nil || schedule != nil {
            throw .invalid(
                "standalone",
                "true",
                "a standalone job has neither object nor schedule: ask for one or the other"
            )
        }
        if let since, let until, since > until {
            throw .invalid("until", Self.instant(until), "use a time that is not before since (\(Self.instant(since)))")
        }
    }

    /// Tells whether a record, which may come from anywhere, is one of the jobs that are meant.
    package func matches(_ job: JobRecord) -> Bool {
        guard queues.isEmpty || queues.contains(job.id.queue), types.isEmpty || types.contains(job.type),
            states.isEmpty || states.contains(job.state), object == nil || object == job.object,
            schedule == nil || schedule == job.schedule,
            !isStandalone || (job.object == nil && job.schedule == nil),
            since?.milliseconds ?? .min <= job.moment.milliseconds,
            job.moment.milliseconds <= until?.milliseconds ?? .max
        else { return false }
        guard let error = error?.lowercased() else { return true }
        return [job.error, job.warning, job.reason].contains { $0?.lowercased().contains(error) ?? false }
    }

    /// The fields of a hash that decide whether the job matches.
    var fields: [JobField] {
        var fields: [JobField] = [.type, .state]
        if object != nil || schedule != nil || isStandalone { fields += [.object, .schedule] }
        if since != nil || until != nil { fields += [.enqueuedAt, .dueAt, .startedAt, .finishedAt] }
        if error != nil { fields += [.error, .warning, .reason] }
        return fields
    }

    /// True when the sorted sets alone tell which jobs are meant, without a look at their hashes.
    var isAnsweredBySets: Bool {
        guard types.isEmpty, error == nil, !isStandalone else { return false }
        if object != nil || schedule != nil {
            return states.isEmpty && since == nil && until == nil && (object == nil || schedule == nil)
        }
        let isTimed = since != nil || until != nil
        return !isTimed || states.isDisjoint(with: [.waiting, .running]) && !states.isEmpty
    }

    /// The filter in the words of the command line: `--queue mail --status error`.
    ///
    /// It is empty when nothing is set.
    public var text: String {
        var words = queues.flatMap { ["--queue", $0] } + types.sorted().flatMap { ["--type", $0] }
        words += JobState.allCases.filter(states.contains).flatMap { ["--status", $0.rawValue] }
        if let object { words += ["--object", object] }
        if isStandalone { words.append("--standalone") }
        if let schedule { words += ["--schedule", schedule] }
        if let error { words += ["--error", error] }
        if let since { words += ["--since", Self.instant(since)] }
        if let until { words += ["--until", Self.instant(until)] }
        return words.map { ShellWord.quoted($0) }.joined(separator: " ")
    }

    /// A time as `2026-11-23T12:03:59.250Z`; the number of milliseconds where no calendar has it.
    private static func instant(_ time: Date) -> String {
        let milliseconds = time.milliseconds
        guard (0..<253_402_300_800_000).contains(milliseconds) else { return "\(milliseconds)" }
        let (seconds, fraction) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        let whole = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
        return "\(whole.dropLast()).\("\(1000 + fraction)".dropFirst())Z"
    }
}
