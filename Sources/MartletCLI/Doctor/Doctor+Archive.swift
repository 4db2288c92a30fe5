internal import Martlet

extension Doctor {
    /// Checks that finished jobs reach the archive, if there is one.
    func archive() async throws -> [Diagnosis] {
        guard let archiver = try await inspector.archiver() else { return [.ok("archive", "no archive")] }
        var lines: [Diagnosis] = []
        let silence = now.duration(since: archiver.seenAt)
        if let error = archiver.error {
            lines.append(.wrong("archive", "finished jobs are not moved to the archive: \(error)", nil))
        } else if silence > .seconds(120) {
            lines.append(
                .warning(
                    "archive",
                    "the archiver has been silent for \(Moment.span(silence)), and finished jobs pile up",
                    "start it with martlet work --archive, or end it with martlet archive --retire"
                )
            )
        } else {
            lines.append(.ok("archive", archiver.text(now: now)))
        }
        if let since = archiver.stalledSince, archiver.error == nil, now.duration(since: since) > .seconds(60) {
            lines.append(
                .warning(
                    "archive",
                    "jobs are due to be moved to the archive, and none has been for \(Moment.span(from: since, to: now))",
                    "see what martlet doctor --verify finds, and what the archiver logs"
                )
            )
        }
        if archiver.skipped > 0 {
            lines.append(
                .warning(
                    "archive",
                    "finished jobs that are too large to be moved: \(archiver.skipped); the last \(archiver.lastSkipped ?? "")",
                    "delete them with martlet job delete ID"
                )
            )
        }
        if let notice = archiver.notice { lines.append(.warning("archive", notice, nil)) }
        return lines
    }
}
