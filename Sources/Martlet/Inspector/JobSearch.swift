internal import RedisClient

/// The sources of a search, merged into one order.
struct JobSearch {
    private var sources: [JobSource]
    private var seen: Set<JobID> = []
    private let order: JobFilter.Order
    /// The number of jobs in the sets that have to be looked through.
    let total: Int

    /// Prepares a search that begins behind the cursor, the place where another search ended, or at the beginning.
    init(_ filter: JobFilter, _ inspector: Inspector, after cursor: JobCursor? = nil) async throws(JobError) {
        try filter.check()
        let queues = filter.queues.isEmpty ? try await inspector.queueNames() : Set(filter.queues).sorted()
        let keys = inspector.store.keys
        order = filter.order
        sources = []
        for queue in queues where Name.isValid(queue) {
            if let object = filter.object {
                sources += try await inspector.index(keys.object(object, of: queue), .object, queue, filter)
            } else if let schedule = filter.schedule {
                sources += try await inspector.index(keys.fired(by: schedule, to: queue), .schedule, queue, filter)
            } else {
                for state in JobState.allCases where filter.states.isEmpty || filter.states.contains(state) {
                    guard state == .waiting, filter.order != .attention else {
                        sources.append(Self.set(keys.state(state, of: queue), state, queue, filter))
                        continue
                    }
                    for base in try await inspector.waitingBases(queue: queue) {
                        sources.append(Self.waiting(keys.state(state, of: queue), base: base, queue, filter))
                    }
                }
            }
        }
        let read = sources.reduce(0) { $0 + $1.buffer.count }
        if let cursor { try Self.resume(&sources, behind: cursor, filter) }
        let unread = sources.filter { !$0.isWhole }.map(\.count)
        let counts = try await inspector.send(unread).map { reply throws(JobError) in try reply.number("ZCOUNT") }
        total = counts.reduce(read, +)
    }

    /// True when every candidate has come.
    var isAtEnd: Bool { sources.allSatisfy(\.isSpent) }

    /// The next candidates, none of which came before; empty at the end.
    mutating func next(_ limit: Int, _ inspector: Inspector) async throws(JobError) -> [JobCursor] {
        var taken: [JobCursor] = []
        while taken.isEmpty, let group = sources.filter({ !$0.isSpent }).map(\.group).min() {
            // Sources of a later group are not read before their turn.
            let active = sources.indices.filter { sources[$0].group == group && !sources[$0].isSpent }
            try await feed(active.filter { sources[$0].isHungry }, limit, inspector)
            taken = try merge(active, limit)
        }
        return taken
    }

    /// Takes up to `limit` candidates in order, as long as the next one of every source is known.
    private mutating func merge(_ active: [Int], _ limit: Int) throws(JobError) -> [JobCursor] {
        var taken: [JobCursor] = []
        while taken.count < limit {
            var next: (index: Int, key: JobSource.Key)?
            for index in active {
                if let key = sources[index].buffer.first?.key {
                    if next.map({ key < $0.key }) ?? true { next = (index, key) }
                } else if sources[index].isHungry {
                    return taken
                }
            }
            guard let next, let candidate = try sources[next.index].next() else { return taken }
            guard seen.insert(candidate.id).inserted else { continue }
            let place = sources[next.index].place
            taken.append(JobCursor(order: order, place: place, score: candidate.score, id: candidate.id))
        }
        return taken
    }

    /// Reads a page of each of these sources; where there are many sources, each page is only a part of what is wanted.
    private mutating func feed(_ hungry: [Int], _ limit: Int, _ inspector: Inspector) async throws(JobError) {
        let share = hungry.isEmpty ? 0 : 3 * limit / hungry.count
        let limit = min(max(share, 20), max(limit, 1), Inspector.page)
        let questions = hungry.map { sources[$0].position }
        var answers = try await inspector.send(questions.flatMap(\.self))[...]
        var pages: [RedisCommand] = []
        for (index, question) in zip(hungry, questions) {
            let start = try sources[index].start(answers.prefix(question.count))
            answers = answers.dropFirst(question.count)
            pages.append(sources[index].page(from: start, limit: limit))
        }
        for (index, page) in zip(hungry, try await inspector.send(pages)) {
            try sources[index].take(page, limit: limit)
        }
    }
}

extension JobSearch {
    /// The source for the jobs in a state.
    ///
    /// The scores of finished and scheduled jobs are their moments.
    private static func set(_ key: String, _ state: JobState, _ queue: String, _ filter: JobFilter) -> JobSource {
        let isTimed = state != .waiting && state != .running
        return JobSource(
            queue: queue,
            place: .state(state),
            key: key,
            group: group(of: .state(state), filter.order),
            isReversed: filter.order == .newest || filter.order == .attention && state.isFinished,
            bounds: isTimed ? (filter.since?.milliseconds, filter.until?.milliseconds) : (nil, nil)
        )
    }

    /// The source for the jobs that wait with one priority, by time.
    private static func waiting(_ key: String, base: Double, _ queue: String, _ filter: JobFilter) -> JobSource {
        JobSource(
            queue: queue,
            place: .state(.waiting),
            key: key,
            isReversed: filter.order == .newest,
            bounds: (Int64(clamping: base), Int64(clamping: base + WaitingScore.span - 1)),
            base: base
        )
    }

    private static func group(of place: JobCursor.Place, _ order: JobFilter.Order) -> Int {
        guard order == .attention, case .state(let state) = place else { return 0 }
        return switch state {
        case .running: 0
        case .waiting: 1
        case .scheduled: 2
        case .successful, .warning, .error, .cancelled: 3
        }
    }

    /// Makes each source begin where the search that gave the cursor left it.
    private static func resume(
        _ sources: inout [JobSource],
        behind cursor: JobCursor,
        _ filter: JobFilter
    ) throws(JobError) {
        guard cursor.isOf(filter) else {
            throw .invalid("cursor", "\(cursor)", "use the one that a search with the same filter and order gave")
        }
        let isByTime = filter.order != .attention && cursor.place == .state(.waiting)
        let base = isByTime ? WaitingScore.base(of: cursor.score) : 0
        let isReversed: Bool =
            switch (filter.order, cursor.place) {
            case (.newest, _), (.attention, .object), (.attention, .schedule): true
            case (.oldest, _): false
            case (.attention, .state(let state)): state.isFinished
            }
        let value = isReversed ? base - cursor.score : cursor.score - base
        let key = JobSource.Key(group: group(of: cursor.place, filter.order), value: value)
        for index in sources.indices {
            sources[index].resume(behind: cursor, at: key, standing: sources[index].standing(beside: cursor, base))
        }
    }
}

extension JobSource {
    /// The place of this source beside that of the cursor; sources are ordered by queue, then by state, then by
    /// priority.
    fileprivate func standing(beside cursor: JobCursor, _ base: Double) -> Standing {
        let (own, other) = ((queue, place.rank, self.base), (cursor.id.queue, cursor.place.rank, base))
        return own == other ? .same : own < other ? .earlier : .later
    }
}
