/// What becomes of slots that passed while nobody led. One that is at most a minute late is not missed.
public enum CatchUp: Sendable, Hashable, CustomStringConvertible {
    /// The latest is fired, once for all of them.
    case latest
    /// None is fired.
    case skip
    /// Each is fired, up to so many of the latest, 1 to 1,000.
    case all(limit: Int = 100)

    /// Reads what ``description`` writes, and `all` alone.
    public init?(_ text: String) {
        switch text {
        case "latest": self = .latest
        case "skip": self = .skip
        case "all": self = .all()
        default:
            guard text.hasPrefix("all "), let limit = Int(text.dropFirst(4)), (1...1000).contains(limit) else {
                return nil
            }
            self = .all(limit: limit)
        }
    }

    /// As the hash in Redis has it: `latest`, `skip` or `all 100`.
    public var description: String {
        switch self {
        case .latest: "latest"
        case .skip: "skip"
        case .all(let limit): "all \(limit)"
        }
    }
}

/// Whether a schedule fires while a job that it fired has not finished.
public enum Overlap: String, Sendable, Hashable, CaseIterable {
    /// The slot is skipped, and the ledger says for which job.
    case skip
    case allow
}
