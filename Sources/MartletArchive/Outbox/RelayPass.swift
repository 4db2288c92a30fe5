internal import Logging
internal import Martlet
internal import RedisClient

/// One look at an outbox after the other, and what is remembered from one to the next.
///
/// 1. Rows that wait go to Redis, batches of one queue, in the order of their numbers.
/// 2. What Redis has is noted: the row goes, or is kept.
/// 3. Of the rows that are kept, those go whose jobs have finished; and where Redis has lost what it was given, those
///    behind that wait again.
struct RelayPass {
    private let outbox: Outbox
    private let client: JobClient
    private let confirmation: Confirmation
    private let tap: RelayTap
    /// Where the look at kept rows goes on.
    private var seenUpTo: Int64 = 0
    /// How many rows Redis took in this pass.
    private var taken = 0

    private static let batch = 500

    init(_ outbox: Outbox, _ client: JobClient, _ confirmation: Confirmation, _ tap: @escaping RelayTap) {
        self.outbox = outbox
        self.client = client
        self.confirmation = confirmation
        self.tap = tap
    }

    /// - Returns: how many rows Redis took.
    mutating func run() async throws -> Int {
        taken = 0
        while true {
            let hadRows = try await send()
            // A few that have finished can wait for the next look.
            if !hadRows, try await look() < Self.batch { return taken }
            try Task.checkCancellation()
        }
    }

    // MARK: Sending

    /// - Returns: whether any rows waited; then more may.
    private mutating func send() async throws -> Bool {
        let rows = try await outbox.pending(limit: 2 * Self.batch)
        guard !rows.isEmpty else { return false }
        tap(.read)
        try await client.checkServer()
        for (queue, rows) in Dictionary(grouping: rows, by: \.job.id.queue).sorted(by: { $0.key < $1.key }) {
            var left = rows[...]
            while !left.isEmpty {
                let batch = left.prefix(Self.ascending(left))
                // Without a number, what was kept of this queue waits again, in front of these, or all is to be sent
                // under another name.
                guard let gone = try await send(batch, queue) else { return true }
                left = left.dropFirst(gone)
                // Redis sorts what came within one millisecond by id.
                if let next = left.first, let last = batch.last, next.job.id.local <= last.job.id.local {
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
        }
        return true
    }

    /// How many of these can go with one call: as long as their ids ascend.
    private static func ascending(_ rows: ArraySlice<OutboxRow>) -> Int {
        let pairs = zip(rows, rows.dropFirst()).prefix(batch - 1)
        return 1 + (pairs.prefix { $0.job.id.local < $1.job.id.local }.count)
    }

    /// - Returns: how many of the first rows are done with; nil when what waits is to be read again.
    private mutating func send(_ rows: ArraySlice<OutboxRow>, _ queue: String) async throws -> Int? {
        // Each time: a Redis that lost its data has lost the names of the queues too.
        try await client.store.send([
            RedisCommand("SADD", [RedisArgument(client.store.keys.queues), RedisArgument(queue)])
        ])
        let id = try await outbox.id()
        let after = try await outbox.given(queue)
        let reply = try await client.store.enqueue(
            rows.map(\.job),
            queue: queue,
            outbox: id,
            after: after,
            payloadLimit: client.payloadLimit
        )
        switch reply {
        case .taken:
            tap(.taken)
            try await note(rows, id, queue)
            return rows.count
        case .behind(let last):
            try await lost(queue, after: last)
            return nil
        case .ahead(let last, let job):
            // What was given and not noted is still here, and was given in this order.
            let given = rows.prefix { $0.job.sequence <= last }
            guard !given.isEmpty, let own = try await outbox.job(last, queue: queue), own == job ?? own else {
                try await rename(queue)
                return nil
            }
            try await note(given, id, queue)
            return given.count
        case .refused(let place, let reason):
            let row = rows[rows.startIndex + place]
            client.logger.error(
                "a job in the outbox is not acceptable",
                metadata: ["job": "\(row.job.id)", "error": "\(reason)"]
            )
            try await outbox.refused(row.job.sequence, reason)
            if place == 0 { return 1 }
            // Those before it have not been taken either. When only some of them are done with now, the rest is next.
            return try await send(rows.prefix(place), queue).map { $0 == place ? place + 1 : $0 }
        }
    }

    /// Redis has these rows.
    private mutating func note(_ rows: ArraySlice<OutboxRow>, _ id: String, _ queue: String) async throws {
        if let last = rows.last?.job.sequence {
            try await client.confirm(outbox: id, sequence: last, queue: queue, confirmation)
        }
        tap(.confirmed)
        try await outbox.taken(rows, queue: queue)
        taken += rows.count
        tap(.noted)
    }

    /// The numbers that the queue knows are not from this database: it was restored from an older copy, or copied, and
    /// counts on from there. With another name all that waits is sent, and nothing is taken for what was given before.
    private func rename(_ queue: String) async throws {
        try await outbox.rename()
        client.logger.error(
            "the outbox is an older copy; all that waits in it is sent, some of it perhaps for the second time",
            metadata: ["queue": "\(queue)", "outbox": "\(outbox.path)"]
        )
    }

    // MARK: Keeping

    /// Looks at some of the rows that are kept.
    /// - Returns: how many changed.
    private mutating func look() async throws -> Int {
        let rows = try await outbox.kept(after: seenUpTo, limit: 1000)
        let isRound = seenUpTo == 0
        seenUpTo = rows.count < 1000 ? 0 : rows.last?.sequence ?? 0
        if rows.isEmpty { return isRound ? 0 : try await look() }
        let queues = Set(rows.map(\.id.queue)).sorted()
        let (states, given) = try await client.store.states(of: rows.map(\.id), outbox: outbox.id(), queues: queues)
        var changed = 0
        var intact: Set<String> = []
        for queue in queues {
            let last = given[queue] ?? 0
            if last < (try await outbox.given(queue)) {
                changed += try await lost(queue, after: last)
            } else {
                intact.insert(queue)
            }
        }
        // A job that is not there any more, in a queue that has lost nothing, has finished and gone.
        let finished = zip(rows, states).filter { row, state in
            intact.contains(row.id.queue) && (state?.isFinished ?? true)
        }
        if !finished.isEmpty {
            tap(.seen)
            try await outbox.finished(finished.map(\.0.sequence))
            tap(.forgotten)
        }
        return changed + finished.count
    }

    @discardableResult
    private func lost(_ queue: String, after sequence: Int64) async throws -> Int {
        let count = try await outbox.lost(queue, after: sequence)
        client.logger.error(
            "Redis has lost jobs that it was given; those that the outbox kept are sent again",
            metadata: ["queue": "\(queue)", "jobs": "\(count)"]
        )
        return count
    }
}
