public import FoundationEssentials

/// One change by an operator, as the audit list holds it.
public struct AuditEntry: Sendable, Hashable {
    /// The id of the entry, unique in the list.
    public let id: String
    /// The time by Redis's clock at which the change began.
    public let time: Date
    /// The time by Redis's clock at which the outcome was written into the entry; nil while that has not happened.
    public let changedAt: Date?
    /// The name of the operator.
    public let by: String
    /// The change, for example `job restart` or `queue pause`.
    public let action: String
    /// The target of the change: the filter in the words of the command line, or the first few ids.
    public let scope: String
    /// The number of targets when the change began.
    public let matched: Int
    /// The number of targets that were changed; nil while the change is under way, or when the process died during it.
    public let done: Int?
    /// The number of targets that could not be changed; nil when ``done`` is.
    public let failed: Int?
    /// The entry as it is stored, a JSON object.
    public let json: String

    /// The number of entries that are kept.
    package static let most = 1000

    /// Reads an entry of the list; nil when it is none.
    package init?(_ json: String) {
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json.utf8)) else { return nil }
        self.id = stored.id
        self.time = Date(milliseconds: stored.time)
        self.changedAt = stored.changedAt.map { Date(milliseconds: $0) }
        self.by = stored.by
        self.action = stored.action
        self.scope = stored.scope
        self.matched = Self.count(stored.matched)
        self.done = stored.done.map(Self.count)
        self.failed = stored.failed.map(Self.count)
        self.json = json
    }

    private static func count(_ number: Int) -> Int { min(max(number, 0), Int(StoredNumber.mostCount)) }

    /// An entry with the names of the stored JSON.
    private struct Stored: Decodable {
        let id: String
        let time: Int64
        let changedAt: Int64?
        let by: String
        let action: String
        let scope: String
        let matched: Int
        let done: Int?
        let failed: Int?

        private enum CodingKeys: String, CodingKey {
            case id, time, by, action, scope, matched, done, failed
            case changedAt = "changed_at"
        }
    }
}

/// A change that an operator is making, which is noted before it begins and again with its result.
package struct AuditNote: Sendable {
    let id = JobID.makeLocal()
    let by: Operator
    let action: String
    let scope: String
    let matched: Int

    /// The entry as `lua/operator/audit.lua` takes it.
    func json(done: Int?, failed: Int?) -> String {
        var object = JSONObjectText()
        object.append("by", by.name)
        object.append("action", action)
        object.append("scope", String(scope.prefix(1000)))
        object.append("matched", matched)
        if let done { object.append("done", done) }
        if let failed { object.append("failed", failed) }
        return object.text
    }
}
