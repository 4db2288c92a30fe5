internal import Algorithms
internal import Foundation
internal import Logging
internal import Martlet

/// The passes of one archiver over all queues, with what it remembers from one pass to the next.
///
/// 1. It takes or renews the lease, which also brings Redis's time.
/// 2. It opens the archive when it is not open.
/// 3. It reads which jobs are due in each finished state of each queue, in pages of ids, the oldest first.
/// 4. It moves them batch by batch: read from Redis, written and committed, copied into the file, deleted in Redis.
///    While one batch is written, the one before it is deleted and the next one read. A job that is too large to be
///    read is skipped, and named in `martlet:archiver`.
/// 5. Once an hour it deletes from the archive what is past retention.
struct ArchiverPass {
    /// The most jobs of a batch.
    static let batch = 1000
    /// The bytes of payloads and logs from which on a batch is full.
    private static let batchBytes = 8 << 20
    /// The most ids of a page.
    private static let page = 5000
    /// The jobs that are moved out of one set before the others get a turn.
    private static let turn = 20_000

    private let client: JobClient
    private let path: String
    private let configuration: ArchiverConfiguration
    private let tap: ArchiverTap
    private let holder: String
    private let host = ProcessInfo.processInfo.hostName
    private let reader: FinishedJobReader

    private var archive: Archive?
    private var wasOpen = false
    private var isSuspect = false
    private var leasedAt = ContinuousClock.now
    private var prunedAt: ContinuousClock.Instant?
    private var moved = 0
    private var movedAt: Int64?
    private var backlog = 0
    private var notice: String?
    private var failingSince: Int64?
    private var now: Int64 = 0
    /// The jobs that are too large to be read; they are tried again once an hour.
    private var skipped = SkippedJobs()
    /// The time, by Redis's clock in milliseconds, since when jobs are due and none was moved; nil when there is no
    /// such backlog.
    private var stalledSince: Int64?

    init(_ client: JobClient, path: String, configuration: ArchiverConfiguration, tap: @escaping ArchiverTap) {
        self.client = client
        self.path = path
        self.configuration = configuration
        self.tap = tap
        self.reader = FinishedJobReader(store: client.store)
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        self.holder = "\(host)-\(ProcessInfo.processInfo.processIdentifier)-\(random)"
    }

    /// Moves the jobs that are due, of all queues.
    /// - Returns: the number of jobs that were moved; 0 while another archiver has the lease.
    mutating func run() async throws -> Int {
        guard try await renewLease() else { return 0 }
        let archive = try await openArchive()
        let until = now - configuration.after.milliseconds
        let backlogs = try await reader.backlogs(try await client.inspector.queueNames(), until: until, now: now)
        backlog = backlogs.reduce(0) { $0 + $1.count }
        var count = 0
        for backlog in backlogs {
            guard let some = try await move(backlog, to: archive) else { return count }
            count += some
        }
        stalledSince = count > 0 || backlog <= skipped.count ? nil : stalledSince ?? now
        try await prune(archive)
        if failingSince != nil {
            failingSince = nil
            _ = try await renewLease()
        }
        return count
    }

    /// Reports a failure in `martlet:archiver`, and gives up the lease so that another archiver may try.
    mutating func noteFailure(_ error: any Error, _ cause: String?) async {
        if let error = error as? ArchiveError, error.code != .busy, error.code != .full {
            // Whatever the cause, opening the file anew is the best remedy.
            isSuspect = error.code == .damaged
            archive?.close()
            archive = nil
        }
        guard let cause else { return }
        failingSince = failingSince ?? now
        await report([("error", cause), ("error_since", "\(failingSince ?? now)")], lease: .zero)
    }

    /// Gives up the lease, and closes the archive.
    mutating func releaseLease() async {
        await report([], lease: .zero)
        archive?.close()
        archive = nil
    }

    // MARK: Moving

    /// Moves jobs of one sorted set.
    /// - Returns: the number of jobs that were moved; nil when another archiver has the lease meanwhile.
    private mutating func move(_ backlog: FinishedJobReader.Backlog, to archive: Archive) async throws -> Int? {
        var count = 0
        // Counts ids without a job, and jobs that were restarted: the next page begins behind them.
        var left = 0
        while count < Self.turn {
            let page = try await reader.page(backlog, skipping: left, limit: Self.page)
            guard !page.isEmpty else { break }
            tap(.listed)
            left += page.count
            var ids = page.filter { !skipped.contains($0) }[...]
            var next = try await read(&ids)
            var written: [FinishedJob] = []
            while let batch = next {
                let (reader, client, tap, rest, done) = (reader, client, tap, ids, written)
                async let following = Self.read(reader, rest)
                async let removed = Self.remove(done, backlog.queue, client, tap)
                if !batch.isEmpty {
                    tap(.read)
                    // When this process was frozen, another archiver may have the lease by now.
                    guard try await archive.add(batch, now: now, before: leasedAt + configuration.lease, at: tap) else {
                        return nil
                    }
                }
                written = batch
                let gone = try await removed
                let read = try await following
                skipped.note(read.tooLarge, logger: client.logger)
                ids = ids.dropFirst(read.looked)
                next = read.looked == 0 ? nil : read.jobs
                noteMoved(gone)
                count += gone
                left -= gone
                if ContinuousClock.now - leasedAt > configuration.lease / 3 {
                    guard try await renewLease() else { return nil }
                }
            }
            let gone = try await Self.remove(written, backlog.queue, client, tap)
            noteMoved(gone)
            count += gone
            left -= gone
        }
        return count
    }

    private mutating func read(_ ids: inout ArraySlice<JobID>) async throws -> [FinishedJob]? {
        let read = try await Self.read(reader, ids)
        skipped.note(read.tooLarge, logger: client.logger)
        ids = ids.dropFirst(read.looked)
        return read.looked == 0 ? nil : read.jobs
    }

    private static func read(
        _ reader: FinishedJobReader,
        _ ids: ArraySlice<JobID>
    ) async throws -> FinishedJobReader.Batch {
        guard !ids.isEmpty else { return FinishedJobReader.Batch() }
        return try await reader.read(ids.prefix(batch), bytes: batchBytes)
    }

    /// Deletes jobs in Redis that the archive has, with calls that take Redis a few milliseconds each.
    private static func remove(
        _ jobs: [FinishedJob],
        _ queue: String,
        _ client: JobClient,
        _ tap: ArchiverTap
    ) async throws -> Int {
        guard !jobs.isEmpty else { return 0 }
        var gone = 0
        for some in jobs.chunks(ofCount: 250) {
            gone += try await client.store.archive(some.map(\.version), queue: queue)
        }
        tap(.removed)
        return gone
    }

    private mutating func noteMoved(_ count: Int) {
        guard count > 0 else { return }
        moved += count
        backlog = max(0, backlog - count)
        movedAt = now
    }

    // MARK: The archive

    private mutating func openArchive() async throws -> Archive {
        if let archive { return archive }
        let (fresh, aside, damage) = try await Archive.open(path: path, isSuspect: isSuspect, wasOpen: wasOpen)
        (archive, wasOpen, isSuspect) = (fresh, true, false)
        if let aside, let damage {
            let text =
                "\(damage); it is now \(aside), and a new archive was begun (sqlite3 \(aside) .recover saves what is left)"
            client.logger.error("the archive was damaged", metadata: ["error": "\(text)"])
            notice = text
            await report([("notice", text)], lease: configuration.lease)
        }
        return fresh
    }

    private mutating func prune(_ archive: Archive) async throws {
        if let prunedAt, ContinuousClock.now - prunedAt < .seconds(3600) { return }
        let time = now - configuration.retention.milliseconds
        // One pass deletes a few batches only, since moving comes first.
        for _ in 0..<10 where try await archive.prune(finishedBefore: time, limit: 500) < 500 {
            prunedAt = .now
            skipped.clear()
            return
        }
    }

    // MARK: The lease

    /// Takes or renews the lease, and reports the archiver's figures with it.
    /// - Returns: false when another archiver has the lease.
    private mutating func renewLease() async throws -> Bool {
        var fields = [
            ("host", host), ("path", path), ("moved", "\(moved)"), ("moved_at", movedAt.map { "\($0)" } ?? ""),
            ("backlog", "\(backlog)"), ("after_ms", "\(configuration.after.milliseconds)"),
            ("stalled_since", stalledSince.map { "\($0)" } ?? ""), (PayloadParts.readerField, holder),
        ]
        fields += skipped.fields
        if failingSince == nil { fields += [("error", ""), ("error_since", "")] }
        if let notice { fields.append(("notice", notice)) }
        // The lease begins some time after this moment.
        let asked = ContinuousClock.now
        switch try await client.store.leaseArchiver(holder, lease: configuration.lease, fields: fields) {
        case .taken: return false
        case .held(let time):
            now = time.milliseconds
            leasedAt = asked
            return true
        }
    }

    /// Reports these fields beside the lease.
    ///
    /// A failure is only logged, since Redis is away then.
    private mutating func report(_ fields: [(String, String)], lease: Duration) async {
        let fields = [("host", host), ("path", path), ("backlog", "\(backlog)"), ("moved", "\(moved)")] + fields
        do throws(JobError) {
            if case .held(let time) = try await client.store.leaseArchiver(holder, lease: lease, fields: fields) {
                now = time.milliseconds
            }
        } catch {
            client.logger.debug("the archiver's state was not noted", metadata: ["error": "\(error)"])
        }
    }
}
