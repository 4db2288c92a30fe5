internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletArchive
internal import Synchronization

/// The option that names an archive, the same on every command that reads one.
struct ArchiveOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("Read the archive in this file. Default: $MARTLET_ARCHIVE.", valueName: "path")
    )
    var archive: String?

    /// The archive's path; nil when none is given.
    var path: String? { archive ?? ProcessInfo.processInfo.environment["MARTLET_ARCHIVE"] }

    var isGiven: Bool { path?.isEmpty == false }

    func required() throws -> String {
        guard let path, !path.isEmpty else {
            throw ValidationError("Name the archive: --archive PATH, or MARTLET_ARCHIVE in the environment.")
        }
        return path
    }

    private static let isTold = Mutex(false)

    /// Runs `body` with the archive, if one is named.
    /// - Returns: nil when none is named. When only the environment names an archive, and the file is missing, it is
    ///   nil, too, and a note says so: perhaps nothing was archived yet, and the jobs in Redis are shown all the same.
    @discardableResult
    func withHistoryIfAny<Result>(_ body: (History) async throws -> Result) async throws -> Result? {
        guard isGiven else { return nil }
        do {
            return try await withHistory(body)
        } catch let error as ArchiveError where error.code == .missing && archive == nil {
            // The note comes once, however many jobs are looked up.
            let isFirst = Self.isTold.withLock { isTold in
                defer { isTold = true }
                return !isTold
            }
            let note = Printable.escaped("note: from Redis alone; MARTLET_ARCHIVE: \(error.message)", limit: 2000)
            if isFirst { Terminal.say(note) }
            return nil
        }
    }

    /// Runs `body` with the archive, and closes it.
    func withHistory<Result>(_ body: (History) async throws -> Result) async throws -> Result {
        let history = try History(path: try required())
        defer { history.close() }
        return try await body(history)
    }
}

/// The options that choose jobs of an archive.
struct HistoryFilterOptions: ParsableArguments {
    @Option(help: "Include only this queue; may be given more than once, as --type may.")
    var queue: [String] = []
    @Option(help: "Include only this job type.")
    var type: [String] = []
    @Option(help: "Include only jobs about this object, for example ldap-source/7.")
    var object: String?
    @Option(
        help: "Include only from this time on: 2h (ago), 7d, yesterday, 2026-11-23, 2026-11-23T12:00:00Z.",
        transform: PastArgument.init
    )
    var since: PastArgument?
    @Option(help: "Include only up to this time, written in the same way.", transform: PastArgument.init)
    var until: PastArgument?

    var filter: JobFilter {
        let now = Date()
        var filter = JobFilter()
        filter.queues = queue
        filter.types = Set(type)
        filter.object = object
        filter.since = since?.time(now: now)
        filter.until = until?.time(now: now)
        return filter
    }
}
