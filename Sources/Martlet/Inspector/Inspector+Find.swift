internal import RedisClient

/// How far a search may go before it says that it has not seen everything.
public struct SearchBudget: Sendable {
    /// Jobs whose hashes are looked at.
    public var jobs: Int
    public var time: Duration

    public init(jobs: Int, time: Duration) {
        self.jobs = jobs
        self.time = time
    }

    /// So many are looked at however long it takes.
    static let least = 2500
    /// For somebody who waits for a page: 50,000 jobs or 150 ms.
    public static let page = SearchBudget(jobs: 50_000, time: .milliseconds(150))
    /// To the end, however long that takes.
    public static let all = SearchBudget(jobs: .max, time: .seconds(86_400))
}

/// What a search found.
public struct FoundJobs: Sendable {
    /// Without their payloads, in the order asked for.
    public var jobs: [JobRecord] = []
    /// How many were looked at.
    public var examined = 0
    /// How many there are in the sets that had to be looked through.
    public var total = 0
    /// Nothing was left out that might match: neither for the limit nor for the budget.
    public var isComplete = true
    /// The budget was spent before enough were found.
    public var isCut = false
    /// The moment of the last that was looked at, to go on from with `until` (with `since` for the oldest first); nil
    /// when the order is not by time there.
    public var last: Int64?
}

extension Inspector {
    /// Jobs that match, at most `limit` of them, without their payloads.
    ///
    /// It reads the sorted sets in the filter's order, and hashes only where those don't tell enough, 500 at a time.
    public func find(
        _ filter: JobFilter,
        limit: Int = 50,
        budget: SearchBudget = .page
    ) async throws(JobError) -> FoundJobs {
        var found = FoundJobs()
        let limit = max(limit, 1)
        let start = ContinuousClock.now
        var search = try await JobSearch(filter, self)
        found.total = search.total
        // Where every candidate matches, no more are read than are wanted.
        let page = filter.isAnsweredBySets ? min(limit, Self.page) : Self.page
        while true {
            let candidates = try await search.next(min(page, budget.jobs - found.examined), self)
            guard let last = candidates.last else { break }
            found.examined += candidates.count
            found.last = last.key.group == search.timedGroup ? Int64(clamping: abs(last.key.value)) : nil
            let ids = try await matching(filter, among: candidates.map(\.id))
            found.jobs += try await jobs(ids).filter(filter.matches)
            if found.jobs.count >= limit {
                found.isComplete = found.jobs.count == limit && search.isAtEnd
                found.jobs.removeLast(found.jobs.count - limit)
                if let last = found.jobs.last, found.last != nil { found.last = search.moment(of: last) }
                return found
            }
            let isLate = found.examined >= SearchBudget.least && ContinuousClock.now - start > budget.time
            if found.examined >= budget.jobs || isLate {
                (found.isComplete, found.isCut) = (search.isAtEnd, !search.isAtEnd)
                return found
            }
        }
        return found
    }

    /// The jobs of these ids that are there, without their payloads.
    public func records(_ ids: [JobID]) async throws(JobError) -> [JobRecord] {
        var records: [JobRecord] = []
        for start in stride(from: 0, to: ids.count, by: Self.page) {
            records += try await jobs(Array(ids[start..<min(start + Self.page, ids.count)]))
        }
        return records
    }

    /// The ids of all jobs that match, at most `limit`.
    /// - Parameter progress: called with how many were looked at, and of how many.
    /// - Returns: the ids, and whether there may be more than `limit`.
    package func ids(
        _ filter: JobFilter,
        limit: Int,
        progress: (_ examined: Int, _ total: Int) throws(JobError) -> Void = { _, _ in }
    ) async throws(JobError) -> (ids: [JobID], isCut: Bool) {
        var search = try await JobSearch(filter, self)
        var ids: [JobID] = []
        var examined = 0
        while ids.count < limit {
            let candidates = try await search.next(Self.page, self)
            if candidates.isEmpty { return (ids, false) }
            examined += candidates.count
            ids += try await matching(filter, among: candidates.map(\.id))
            try progress(examined, search.total)
        }
        let isCut = ids.count > limit || !search.isAtEnd
        ids.removeLast(max(0, ids.count - limit))
        return (ids, isCut)
    }
}

extension Inspector {
    /// Those of the candidates that match, by no more of their hashes than that takes.
    private func matching(_ filter: JobFilter, among ids: [JobID]) async throws(JobError) -> [JobID] {
        if filter.isAnsweredBySets { return ids }
        return try await jobs(ids, reading: filter.fields).filter(filter.matches).map(\.id)
    }
}

/// The sources of a search, merged into one order.
struct JobSearch {
    private var sources: [JobSource]
    private var seen: Set<JobID> = []
    private let order: JobFilter.Order
    let total: Int
    /// The group whose keys are moments.
    let timedGroup: Int
    private let isIndexed: Bool

    init(_ filter: JobFilter, _ inspector: Inspector) async throws(JobError) {
        try filter.check()
        let queues = filter.queues.isEmpty ? try await inspector.queues() : filter.queues
        let keys = inspector.store.keys
        order = filter.order
        isIndexed = filter.object != nil || filter.schedule != nil
        timedGroup = filter.order == .attention && !isIndexed ? 3 : 0
        sources = []
        for queue in queues where Name.isValid(queue) {
            if let object = filter.object {
                sources.append(Self.index(keys.object(object, of: queue), queue, filter))
            } else if let schedule = filter.schedule {
                sources.append(Self.index(keys.fired(by: schedule, to: queue), queue, filter))
            } else {
                for state in JobState.allCases where filter.states.isEmpty || filter.states.contains(state) {
                    sources.append(Self.set(keys.state(state, of: queue), state, queue, filter))
                }
            }
        }
        let counts = try await inspector.send(sources.map(\.count)).map { reply throws(JobError) in
            try reply.number("ZCOUNT")
        }
        total = counts.reduce(0, +)
    }

    /// Every candidate has come.
    var isAtEnd: Bool { sources.allSatisfy(\.isSpent) }

    /// What the index of the last one stands for in time.
    func moment(of job: JobRecord) -> Int64 { isIndexed ? job.enqueuedAt : job.moment }

    /// The next candidates, none of which came before; none at the end.
    mutating func next(_ limit: Int, _ inspector: Inspector) async throws(JobError) -> [(id: JobID, key: JobSource.Key)]
    {
        var taken: [(id: JobID, key: JobSource.Key)] = []
        while taken.isEmpty, let group = sources.filter({ !$0.isSpent }).map(\.group).min() {
            // Those of a later group are not touched before it is their turn.
            let active = sources.indices.filter { sources[$0].group == group && !sources[$0].isSpent }
            try await feed(active.filter { sources[$0].isHungry }, limit, inspector)
            taken = try merge(active, limit)
        }
        return taken
    }

    /// Up to `limit`, as long as it is known of every source what comes next.
    private mutating func merge(
        _ active: [Int],
        _ limit: Int
    ) throws(JobError) -> [(id: JobID, key: JobSource.Key)] {
        var taken: [(id: JobID, key: JobSource.Key)] = []
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
            if seen.insert(candidate.id).inserted { taken.append(candidate) }
        }
        return taken
    }

    /// Reads a page of each of these sources: of one all that is wanted, of many a part.
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

    /// The jobs of an object or a schedule, by the time they were enqueued. None has its moment before that.
    private static func index(_ key: String, _ queue: String, _ filter: JobFilter) -> JobSource {
        let isReversed = filter.order != .oldest
        return JobSource(queue: queue, key: key, isReversed: isReversed, bounds: (nil, filter.until)) {
            isReversed ? -$0 : $0
        }
    }

    /// The jobs in a state. Scores of the finished and the scheduled are their moments.
    private static func set(_ key: String, _ state: JobState, _ queue: String, _ filter: JobFilter) -> JobSource {
        let isTimed = state != .waiting && state != .running
        let bounds: (least: Int64?, most: Int64?) = isTimed ? (filter.since, filter.until) : (nil, nil)
        let time: @Sendable (Double) -> Double = { state == .waiting ? Double(WaitingScore($0).at) : $0 }
        switch filter.order {
        case .newest: return JobSource(queue: queue, key: key, isReversed: true, bounds: bounds) { -time($0) }
        case .oldest: return JobSource(queue: queue, key: key, isReversed: false, bounds: bounds) { time($0) }
        case .attention:
            let groups: [JobState: Int] = [.running: 0, .waiting: 1, .scheduled: 2]
            guard let group = groups[state] else {
                return JobSource(queue: queue, key: key, group: 3, isReversed: true, bounds: bounds) { -$0 }
            }
            return JobSource(queue: queue, key: key, group: group, isReversed: false, bounds: bounds)
        }
    }
}
