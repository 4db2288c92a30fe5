/// What happened in a queue in one hour by Redis's clock, or in several: `martlet:{queue}:counts:<hours since 1970>`.
///
/// A call that is sent twice is counted once, and one that is refused is not counted, since what happens and its count
/// are one script.
public struct HourlyCounts: Sendable, Hashable {
    /// Jobs that were enqueued, by schedules too.
    public private(set) var enqueued = 0
    /// Jobs that an operator sent round again.
    public private(set) var restarted = 0
    /// Attempts that ended in an error and are followed by another.
    public private(set) var retried = 0
    /// Jobs that ended in each finished state.
    public private(set) var finished: [JobState: Int] = [:]
    /// By job type: the first 50 of each hour; `(other)` stands for all others.
    public private(set) var types: [String: TypeCounts] = [:]

    /// Jobs that came.
    public var entered: Int { enqueued + restarted }
    /// Jobs that ended.
    public var ended: Int { finished.values.reduce(0, +) }
    /// Of the jobs that ended and were not cancelled, the share that ended in Error: 0 to 1; nil when there is none.
    public var errorShare: Double? {
        let jobs = ended - (finished[.cancelled] ?? 0)
        return jobs == 0 ? nil : Double(finished[.error] ?? 0) / Double(jobs)
    }

    package init() {}

    /// Reads the hash. What this release does not know in it is left out; a later one may have written it.
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

    /// Adds what happened in another hour.
    package mutating func add(_ other: HourlyCounts) {
        enqueued += other.enqueued
        restarted += other.restarted
        retried += other.retried
        finished.merge(other.finished, uniquingKeysWith: +)
        types.merge(other.types) { one, other in one.adding(other) }
    }
}

/// What became of the attempts of one type.
public struct TypeCounts: Sendable, Hashable {
    /// How long attempts had waited since their job could run: enqueued, due, restarted or lost by its worker.
    public private(set) var wait = DurationHistogram()
    /// How long attempts ran that were finished or retried. Those that were given back, put off by their job or lost
    /// with their worker are not among them.
    public private(set) var run = DurationHistogram()
    /// Jobs that ended in Error.
    public private(set) var errors = 0
    /// Attempts that ended in an error and are followed by another.
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
