public import FoundationEssentials

/// One line of a schedule's ledger: what became of a slot, or a run that somebody asked for. Times are by Redis's
/// clock.
public struct SlotEntry: Sendable, Hashable {
    /// What may become of a slot.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// In time, or not more than a minute late.
        case fired
        /// Late, after nobody led.
        case caughtUp = "caught up"
        case skipped
        /// An old leader wanted to fire it, or its queue will never take the job.
        case refused
        /// An operator ran it.
        case manual
        /// Somebody resumed the schedule, which fires at once.
        case resumed
        /// Slots up to this one were decided while Redis's clock was ahead; an operator let the schedule go on.
        case rewound
    }

    /// When it was decided.
    public let time: Date
    /// What became of it.
    public let kind: Kind
    /// The instant of the cron; nil for a run that is none of it.
    public let slot: Date?
    /// The last slot of several that stand in one line.
    public let until: Date?
    /// How many slots stand in one line, where they were counted.
    public let count: Int?
    /// How long after its instant and its splay it was fired.
    public let late: Duration?
    /// Why it was skipped or refused.
    public let why: String?
    /// The job that came of it, or that stood in its way.
    public let job: JobID?
    /// The term of the leader that decided it.
    public let term: Int?
    /// The line as it is stored.
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

    /// With the names that the JSON has.
    private struct Line: Decodable {
        let time: Int64
        let kind: Kind
        let slot, until, late_ms: Int64?
        let count, term: Int?
        let why, job: String?
    }
}
