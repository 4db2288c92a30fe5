public import FoundationEssentials

/// One thing that an operator did, as the audit list holds it.
public struct AuditEntry: Sendable, Hashable {
    /// Names the entry, uniquely in the list.
    public let id: String
    /// When it began, by Redis's clock.
    public let time: Date
    /// When the entry was written anew with what came of it; nil when that has not happened (yet).
    public let changedAt: Date?
    /// Who did it.
    public let by: String
    /// What was done, for example `job restart` or `queue pause`.
    public let action: String
    /// To what: the filter in the words of the command line, or the first few ids.
    public let scope: String
    /// To how many it was to be done.
    public let matched: Int
    /// To how many it was done; nil while it is under way, or when the process died amid it.
    public let done: Int?
    /// How many it could not be done to; nil like ``done``.
    public let failed: Int?
    /// The entry as it is stored.
    public let json: String

    /// How many are kept.
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

    /// With the words of the list.
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

/// A change by an operator that is being made: noted before it begins, and with its result when it has ended.
package struct AuditNote: Sendable {
    let id = JobID.makeLocal()
    let by: Operator
    let action: String
    let scope: String
    let matched: Int

    /// As the script takes it.
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
