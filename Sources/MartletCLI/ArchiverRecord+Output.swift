internal import Martlet

extension Inspector {
    /// What `doctor` says of the archiver, with ok, warning or wrong.
    func archiverFindings(now: Int64) async throws -> [(word: String, text: String)] {
        guard let archiver = try await archiver() else { return [] }
        var findings: [(String, String)] = []
        let silence = now - archiver.seenAt
        if let error = archiver.error {
            findings.append(("wrong", "finished jobs are not moved to the archive: \(error)"))
        } else if silence > 120_000 {
            findings.append(
                (
                    "warning",
                    "the archiver has been silent for \(Moment.span(silence)), and finished jobs pile up; start it with "
                        + "martlet work --archive, or end it with martlet archive --retire"
                )
            )
        } else {
            findings.append(("ok", archiver.text(now: now)))
        }
        if let notice = archiver.fields["notice"] { findings.append(("warning", notice)) }
        return findings
    }
}

extension ArchiverRecord {
    /// `archive /var/lib/martlet/history.db on ada: 3 s ago it had moved 1200 jobs, with 3 to go`.
    func text(now: Int64) -> String {
        let place = "archive \(fields["path"] ?? "?") on \(fields["host"] ?? "?")"
        let moved = "moved \(fields["moved"] ?? "0") jobs, with \(fields["backlog"] ?? "0") to go"
        let trouble = error.map { "; stopped: \($0)" } ?? ""
        // It says so once a pass: what has gone since then is not in it.
        return "\(place): \(Moment.relative(seenAt, now: now)) it had \(moved)\(trouble)"
    }

    /// Its fields as one JSON object.
    var json: String {
        JSONValue.object(["archiver": .object(fields.mapValues { .string($0) })]).text
    }
}
