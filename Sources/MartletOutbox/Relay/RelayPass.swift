internal import Logging
internal import Martlet
internal import RedisClient

/// The passes of one relay over its outbox, with what it remembers from one pass to the next.
///
/// 1. Rows that wait go to Redis in batches of one queue, in the order of their numbers.
/// 2. The outbox notes what Redis has: a row is deleted, or kept.
/// 3. Kept rows whose jobs have finished are deleted. When Redis has lost rows that it was given, the kept ones among
///    them wait again.
struct RelayPass {
    private let outbox: Outbox
    private let client: JobClient
    private let confirmation: Confirmation
    private let tap: RelayTap
    /// The number after which the next look at kept rows begins.
    private var checkedUpTo: Int64 = 0
    /// Rows that Redis took in this pass.
    private var sent = 0

    private static let batch = 500

    init(_ outbox: Outbox, _ client: JobClient, _ confirmation: Confirmation, _ tap: @escaping RelayTap) {
        self.outbox = outbox
        self.client = client
        self.confirmation = confirmation
        self.tap = tap
    }

    /// Sends the rows that wait, and looks at some of the kept rows.
    /// - Returns: the number of rows that Redis took.
    mutating func run() async throws -> Int {
        sent = 0
        while true {
            let hadRows = try await sendPendingRows()
            // A few finished ones can wait for the next look.
            if !hadRows, try await checkKeptRows() < Self.batch { return sent }
            try Task.checkCancellation()
        }
    }

    // MARK: Sending

    /// Sends one page of the rows that wait.
    /// - Returns: true when any rows waited; there may be more then.
    private mutating func sendPendingRows() async throws -> Bool {
        let rows = try await outbox.pendingRows(limit: 2 * Self.batch)
        guard !rows.isEmpty else { return false }
        tap(.read)
        try await client.checkServer()
        for (queue, rows) in Dictionary(grouping: rows, by: \.job.id.queue).sorted(by: { $0.key < $1.key }) {
            var left = rows[...]
            while !left.isEmpty {
                let batch = left.prefix(Self.ascendingCount(left))
                // Without a number the queue's kept rows wait again, in front of these, or all rows are to be sent
                // under another id.
                guard let gone = try await sendBatch(batch, to: queue) else { return true }
                left = left.dropFirst(gone)
                // Redis sorts the jobs that came within one millisecond by id.
                if let next = left.first, let last = batch.last, next.job.id.local <= last.job.id.local {
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
        }
        return true
    }

    /// The number of rows that can go with one call, which ends where their ids do not ascend.
    private static func ascendingCount(_ rows: ArraySlice<OutboxRow>) -> Int {
        let pairs = zip(rows, rows.dropFirst()).prefix(batch - 1)
        return 1 + (pairs.prefix { $0.job.id.local < $1.job.id.local }.count)
    }

    /// Sends one batch to a queue.
    /// - Returns: the number of rows, from the first on, that are done with; nil when the waiting rows are to be read
    ///   again.
    private mutating func sendBatch(_ rows: ArraySlice<OutboxRow>, to queue: String) async throws -> Int? {
        // This is sent each time, since a Redis that lost its data has lost the names of the queues, too.
        try await client.store.listQueues([queue])
        await client.store.lookAtReaders()
        let id = try await outbox.id()
        let after = try await outbox.lastSequence(takenBy: queue)
        let reply = try await client.store.enqueue(
            rows.map { OutboxedJob(sequence: $0.sequence, job: $0.job) },
            queue: queue,
            outbox: id,
            after: after,
            payloadLimit: client.payloadLimit
        )
        switch reply {
        case .taken:
            tap(.taken)
            try await noteSent(rows, id, queue)
            return rows.count
        case .behind(let last):
            // No outbox gives such a number: somebody wrote it by hand.
            guard last >= 0 else {
                try await changeID(queue)
                return nil
            }
            try await returnLostRows(queue, after: last)
            return nil
        case .ahead(let last, let job):
            // The rows that were given and not noted are still here, and were given in this order.
            let given = rows.prefix { $0.sequence <= last }
            guard !given.isEmpty, let own = try await outbox.localID(ofRow: last, queue: queue), own == job ?? own
            else {
                try await changeID(queue)
                return nil
            }
            try await noteSent(given, id, queue)
            return given.count
        case .refused(let place, let reason):
            let row = rows[rows.startIndex + place]
            client.logger.error(
                "a job in the outbox is not acceptable",
                metadata: ["job": "\(row.job.id)", "error": "\(reason)"]
            )
            try await outbox.markRefused(row: row.sequence, reason: reason)
            if place == 0 { return 1 }
            // The rows before it have not been taken either. When only some of them are done with now, the others come
            // next.
            return try await sendBatch(rows.prefix(place), to: queue).map { $0 == place ? place + 1 : $0 }
        }
    }

    /// Notes that Redis has these rows, once all servers have them that the confirmation asks for.
    private mutating func noteSent(_ rows: ArraySlice<OutboxRow>, _ id: String, _ queue: String) async throws {
        if let last = rows.last?.sequence {
            try await client.confirm(outbox: id, sequence: last, queue: queue, confirmation)
        }
        tap(.confirmed)
        try await outbox.markSent(rows, queue: queue)
        sent += rows.count
        tap(.noted)
    }

    /// Takes a new id, because the numbers that the queue knows are not from this database: it was restored from an
    /// older copy, or copied, and counts on from there.
    ///
    /// Under the new id all waiting rows are sent, and none counts as given before.
    private func changeID(_ queue: String) async throws {
        try await outbox.changeID()
        client.logger.error(
            "the outbox is an older copy, or its queue was tampered with; all that waits in it is sent, perhaps twice",
            metadata: ["queue": "\(queue)", "outbox": "\(outbox.path)"]
        )
    }

    // MARK: Keeping

    /// Looks at some of the kept rows.
    ///
    /// Those whose jobs have finished are deleted, and those that Redis has lost wait again.
    /// - Returns: the number of rows that changed.
    private mutating func checkKeptRows() async throws -> Int {
        let rows = try await outbox.keptRows(after: checkedUpTo, limit: 1000)
        let isRound = checkedUpTo == 0
        checkedUpTo = rows.count < 1000 ? 0 : rows.last?.sequence ?? 0
        if rows.isEmpty { return isRound ? 0 : try await checkKeptRows() }
        let queues = Set(rows.map(\.id.queue)).sorted()
        let (states, given) = try await client.store.states(of: rows.map(\.id), outbox: outbox.id(), queues: queues)
        var changed = 0
        var intact: Set<String> = []
        for queue in queues {
            let last = given[queue] ?? 0
            if last < (try await outbox.lastSequence(takenBy: queue)) {
                changed += try await returnLostRows(queue, after: last)
            } else {
                intact.insert(queue)
            }
        }
        // A job that is gone from a queue that has lost nothing has finished.
        let finished = zip(rows, states).filter { row, state in
            intact.contains(row.id.queue) && (state?.isFinished ?? true)
        }
        if !finished.isEmpty {
            tap(.seen)
            try await outbox.deleteFinished(rows: finished.map(\.0.sequence))
            tap(.forgotten)
        }
        return changed + finished.count
    }

    /// Makes the kept rows that a queue was given after a number wait again.
    @discardableResult
    private func returnLostRows(_ queue: String, after sequence: Int64) async throws -> Int {
        let count = try await outbox.markLost(queue: queue, after: sequence)
        // When nothing was kept, perhaps the queue has only forgotten an outbox that was silent for long.
        client.logger.log(
            level: count > 0 ? .error : .notice,
            "Redis has lost what it was given, or forgot an outbox that was silent for 90 days; kept jobs are sent again",
            metadata: ["queue": "\(queue)", "jobs": "\(count)"]
        )
        return count
    }
}
