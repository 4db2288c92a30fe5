internal import Martlet

extension ArchiverRecord {
    /// `archive /var/lib/martlet/history.db on ada: 3 s ago it had moved 1200 jobs, with 3 to go`.
    func text(now: Int64) -> String {
        let place = "archive \(fields["path"] ?? "?") on \(fields["host"] ?? "?")"
        let moved = "moved \(fields["moved"] ?? "0") jobs, with \(fields["backlog"] ?? "0") to go"
        let trouble = error.map { "; stopped: \($0)" } ?? ""
        // It says so once a pass: what has gone since then is not in it.
        return "\(place): \(Moment.ago(seenAt, now: now)) it had \(moved)\(trouble)"
    }

    /// Its fields as one JSON object.
    var json: String {
        let numbers = [
            "seen_at", "expires_at", "lease_ms", "after_ms", "moved", "moved_at", "backlog", "error_since", "skipped",
            "stalled_since",
        ]
        let object = fields.map { name, value in
            (
                name,
                numbers.contains(name) ? Int64(value).map { .integer($0) } ?? .string(value) : JSONValue.string(value)
            )
        }
        return JSONValue.object(["archiver": .object(Dictionary(uniqueKeysWithValues: object))]).text
    }
}
