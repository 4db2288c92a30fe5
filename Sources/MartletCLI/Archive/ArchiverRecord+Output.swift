internal import Foundation
internal import Martlet

extension ArchiverRecord {
    /// The record in words: `archive /var/lib/martlet/history.db on ada: 3 s ago it had moved 1200 jobs, with 3 to go`.
    func text(now: Date) -> String {
        let place = "archive \(path ?? "?") on \(host ?? "?")"
        let moved = "moved \(self.moved) jobs, with \(backlog) to go"
        let trouble = error.map { "; stopped: \($0)" } ?? ""
        // The archiver reports once for each pass, so the figures lack what it has moved since.
        return "\(place): \(Moment.ago(seenAt, now: now)) it had \(moved)\(trouble)"
    }

    /// The fields of the record as one JSON object.
    var json: String {
        var object: [String: JSONValue] = [
            "seen_at": .time(seenAt), "moved": .integer(Int64(moved)), "backlog": .integer(Int64(backlog)),
        ]
        for (name, text) in [
            ("holder", holder), ("host", host), ("path", path),
            ("error", error), ("notice", notice), ("skipped_last", lastSkipped),
        ] {
            object[name] = text.map { .string($0) }
        }
        for (name, time) in [
            ("expires_at", expiresAt), ("moved_at", movedAt), ("error_since", errorSince),
            ("stalled_since", stalledSince),
        ] {
            object[name] = time.map { .time($0) }
        }
        if skipped > 0 { object["skipped"] = .integer(Int64(skipped)) }
        object["lease_ms"] = lease.map { .span($0) }
        object["after_ms"] = after.map { .span($0) }
        return JSONValue.object(["archiver": .object(object)]).text
    }
}
