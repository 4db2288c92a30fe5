/// The counts of what happened in a queue in one hour by Redis's clock, or in several.
///
/// The key is `martlet:{queue}:counts:<hours since 1970>`. A call that is sent twice is counted once, and a refused
/// call is not counted, because one script does both the work and the count.
public struct HourlyCounts: Sendable, Hashable {
    /// The number of jobs that were enqueued, also by schedules.
    public private(set) var enqueued = 0
    /// The number of jobs that an operator restarted.
    public private(set) var restarted = 0
    /// The number of attempts that ended in an error and are followed by another.
    public private(set) var retried = 0
    /// The number of jobs that ended in each finished state.
    public private(set) var finished: [JobState: Int] = [:]
    /// The counts by job type: the first 50 types of each hour, and `(other)` for all others.
    public private(set) var types: [String: TypeCounts] = [:]

    /// The number of jobs that were enqueued or restarted.
    public var entered: Int { enqueued + restarted }
    /// The number of jobs that ended.
    public var ended: Int { finished.values.reduce(0, +) }
    /// The share (0 to 1) of jobs that ended in Error among those that ended and were not cancelled; nil when there are
    /// none.
    public var errorShare: Double? {
        let jobs = ended - (finished[.cancelled] ?? 0)
        return jobs == 0 ? nil : Double(finished[.error] ?? 0) / Double(jobs)
    }

    package init() {}

    /// Reads the hash.
    ///
    /// A field that this release does not know is left out; a later release may have written it.
    package init(_ hash: StoredHash) {
        for field in hash.names {
            guard let number = hash.count(field) else { continue }
            let words = field.split(separator: " ", omittingEmptySubsequences: false)
            switch words.count {
            case 1: take(field, number)
            case 2: types[String(words[0]), default: TypeCounts()].take(words[1], number)
            case 3: types[String(words[0]), default: TypeCounts()].take(words[1], below: words[2], number)
            default: continue
            }
        }
    }

    private mutating func take(_ field: String, _ number: Int) {
        switch field {
        case "enqueued": enqueued = number
        case "restarted": restarted = number
        case "retried": retried = number
        default:
            if let state = JobState(rawValue: field), state.isFinished { finished[state] = number }
        }
    }

    /// Adds the counts of another hour.
    package mutating func add(_ other: HourlyCounts) {
        enqueued += other.enqueued
        restarted += other.restarted
        retried += other.retried
        finished.merge(other.finished, uniquingKeysWith: +)
        types.merge(other.types) { one, other in one.adding(other) }
    }
}

/// The counts of one job type.
public struct TypeCounts: Sendable, Hashable {
    /// The times that attempts had waited since their job could run: since it was enqueued, due, restarted or lost by
    /// its worker.
    public private(set) var wait = DurationHistogram()
    /// The times that attempts ran which were finished or retried.
    ///
    /// Attempts that were released, snoozed or lost with their worker are not counted.
    public private(set) var run = DurationHistogram()
    /// The number of jobs that ended in Error.
    public private(set) var errors = 0
    /// The number of attempts that ended in an error and are followed by another.
    public private(set) var retried = 0

    fileprivate mutating func take(_ word: Substring, _ number: Int) {
        switch word {
        case "error": errors = number
        case "retried": retried = number
        default: return
        }
    }

    fileprivate mutating func take(_ word: Substring, below bound: Substring, _ number: Int) {
        guard bound.hasPrefix("<"), bound.hasSuffix("ms"), let end = Int64(bound.dropFirst().dropLast(2)),
            (1...DurationHistogram.longest).contains(end)
        else { return }
        switch word {
        case "wait": wait.add(number, below: end)
        case "run": run.add(number, below: end)
        default: return
        }
    }

    fileprivate func adding(_ other: TypeCounts) -> TypeCounts {
        var sum = self
        sum.wait.add(other.wait)
        sum.run.add(other.run)
        sum.errors += other.errors
        sum.retried += other.retried
        return sum
    }
}
