/// A place in the order of a search, to go on behind it with ``Inspector/find(_:after:limit:budget:)``.
///
/// It names a job and its place: `attention:error:1795874417123:mail/01jd3x0000000000000000`, a text without blanks
/// that needs no quotes in a shell. It stays valid while jobs come and go, even when that job is gone.
public struct JobCursor: Sendable, Hashable, CustomStringConvertible {
    let order: JobFilter.Order
    let place: Place
    /// The score of the job in that set.
    let score: Double
    /// The job that a search goes on behind.
    public let id: JobID

    /// The sorted set of a queue that a job stood in.
    enum Place: Hashable {
        case state(JobState)
        case object
        case schedule
    }

    init(order: JobFilter.Order, place: Place, score: Double, id: JobID) {
        self.order = order
        self.place = place
        self.score = score
        self.id = id
    }

    /// Reads a text that ``description`` wrote.
    ///
    /// - Throws: ``JobError`` with the code `invalid` when the text is not such a cursor.
    public init(_ text: String) throws(JobError) {
        let parts = text.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 4, let order = JobFilter.Order(rawValue: parts[0]), let place = Place(parts[1]),
            let score = Double(parts[2]), !score.isNaN, let id = try? JobID(parts[3])
        else {
            throw .invalid(
                "cursor",
                text,
                "use one that a list gave, for example attention:error:1795874417123:mail/01jd3x0000000000000000"
            )
        }
        self.init(order: order, place: place, score: score, id: id)
    }

    /// The cursor as text, for ``init(_:)``.
    public var description: String { "\(order.rawValue):\(place.name):\(Self.text(score)):\(id)" }

    /// Tells whether a search with this filter comes past the place.
    func isOf(_ filter: JobFilter) -> Bool {
        guard order == filter.order, filter.queues.isEmpty || filter.queues.contains(id.queue) else { return false }
        return switch place {
        case .object: filter.object != nil && order == .attention
        case .schedule: filter.object == nil && filter.schedule != nil && order == .attention
        case .state(let state):
            (order != .attention || filter.object == nil && filter.schedule == nil)
                && (filter.states.isEmpty || filter.states.contains(state))
        }
    }

    /// The score as Redis reads it, without loss.
    static func text(_ score: Double) -> String {
        Int64(exactly: score).map { "\($0)" } ?? "\(score)"
    }
}

extension JobCursor.Place {
    fileprivate init?(_ name: String) {
        switch name {
        case "object": self = .object
        case "schedule": self = .schedule
        default:
            guard let state = JobState(rawValue: name) else { return nil }
            self = .state(state)
        }
    }

    fileprivate var name: String {
        switch self {
        case .state(let state): state.rawValue
        case .object: "object"
        case .schedule: "schedule"
        }
    }

    /// The place of the set among the sets of its queue.
    var rank: Int {
        guard case .state(let state) = self else { return 0 }
        return JobState.allCases.firstIndex(of: state) ?? 0
    }
}
