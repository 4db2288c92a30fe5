/// The rule for slots that passed while no worker led.
///
/// A slot that is at most a minute late was not missed.
public enum CatchUp: Sendable, Hashable, CustomStringConvertible {
    /// The latest missed slot is fired, once for all of them.
    case latest
    /// No missed slot is fired.
    case skip
    /// Every missed slot is fired, up to `limit` of the latest, 1 to 1,000.
    case all(limit: Int = 100)

    /// Reads what ``description`` writes, or `all` alone, which stands for `all 100`; nil for any other text.
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

    /// The rule as the hash in Redis has it: `latest`, `skip` or `all 100`.
    public var description: String {
        switch self {
        case .latest: "latest"
        case .skip: "skip"
        case .all(let limit): "all \(limit)"
        }
    }
}

/// The rule for slots that come while a job of the schedule has not finished.
public enum Overlap: String, Sendable, Hashable, CaseIterable {
    /// The slot is skipped, and the ledger names the job.
    case skip
    /// The slot is fired all the same.
    case allow
}
