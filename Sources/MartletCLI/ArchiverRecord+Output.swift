internal import Martlet

extension ArchiverRecord {
    /// `archive /var/lib/martlet/history.db on ada: 1200 jobs moved, 3 to go`.
    func text(now: Int64) -> String {
        let path = fields["path"] ?? "?"
        let progress = "\(fields["moved"] ?? "0") jobs moved, \(fields["backlog"] ?? "0") to go"
        let trouble = error.map { "; stopped: \($0)" } ?? ""
        return
            "archive \(path) on \(fields["host"] ?? "?"): \(progress), seen \(Moment.relative(seenAt, now: now))\(trouble)"
    }

    /// Its fields as one JSON object.
    var json: String {
        JSONValue.object(["archiver": .object(fields.mapValues { .string($0) })]).text
    }
}
