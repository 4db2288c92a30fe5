public import FoundationEssentials

/// A line of a schedule's ledger, about a slot or a run that somebody asked for; times are by Redis's clock.
public struct SlotEntry: Sendable, Hashable {
    /// The outcomes of a slot.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// The slot was fired in time, or at most a minute late.
        case fired
        /// The slot was fired late, because no worker led at its time.
        case caughtUp = "caught up"
        /// No job was fired for the slot.
        case skipped
        /// An old leader wanted to fire the slot, or the queue will never take its job.
        case refused
        /// An operator ran it.
        case manual
        /// An operator resumed the schedule, which then fires at once.
        case resumed
        /// Slots up to this one were decided while Redis's clock was ahead; an operator let the schedule go on.
        case rewound
    }

    /// The time at which it was decided.
    public let time: Date
    /// The outcome.
    public let kind: Kind
    /// The slot, an instant of the cron; nil for a run that no slot asked for.
    public let slot: Date?
    /// The last slot, where one line stands for several; else nil.
    public let until: Date?
    /// The number of slots that the line stands for, where they were counted.
    public let count: Int?
    /// The delay with which it was fired, beyond its slot and the schedule's offset.
    public let late: Duration?
    /// The reason why it was skipped or refused.
    public let why: String?
    /// The job that was fired, or because of which the slot was skipped.
    public let job: JobID?
    /// The term of the leader that decided it.
    public let term: Int?
    /// The line as it is stored, a JSON object.
    public let json: String

    /// Reads a line; nil when it is none.
    package init?(_ json: String) {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(json.utf8)) else { return nil }
        self.json = json
        time = Date(milliseconds: line.time)
        kind = line.kind
        slot = line.slot.map { Date(milliseconds: $0) }
        until = line.until.map { Date(milliseconds: $0) }
        count = line.count
        late = line.late_ms.map { .milliseconds(min(max($0, 0), Duration.longest.milliseconds)) }
        why = line.why
        job = line.job.flatMap { try? JobID($0) }
        term = line.term
    }

    /// A line with the names of the stored JSON.
    private struct Line: Decodable {
        let time: Int64
        let kind: Kind
        let slot, until, late_ms: Int64?
        let count, term: Int?
        let why, job: String?
    }
}
