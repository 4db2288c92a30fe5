internal import Algorithms
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
    /// To go on behind the last of ``jobs``, or behind the last that was looked at where the budget was spent; nil when
    /// nothing was left out.
    public var next: JobCursor?
    var cursors: [JobID: JobCursor] = [:]

    /// The place of one of ``jobs`` in the order of the search, to go on behind it; nil for any other job.
    public func cursor(of job: JobRecord) -> JobCursor? { cursors[job.id] }
}

extension Inspector {
    /// Jobs that match, at most `limit` of them, without their payloads.
    ///
    /// It reads the sorted sets in the filter's order, and hashes only where those don't tell enough, 500 at a time.
    /// - Parameter cursor: where another search with the same filter ended: it goes on behind that. A job that has
    ///   changed its place meanwhile may come again, or not at all; a running one does with each renewal of its lease.
    /// - Throws: ``JobError`` with the code `invalid` when the filter is none, or the cursor is of another order.
    public func find(
        _ filter: JobFilter,
        after cursor: JobCursor? = nil,
        limit: Int = 50,
        budget: SearchBudget = .page
    ) async throws(JobError) -> FoundJobs {
        var found = FoundJobs()
        let limit = max(limit, 1)
        let start = ContinuousClock.now
        var search = try await JobSearch(filter, self, after: cursor)
        found.total = search.total
        // Where every candidate matches, no more are read than are wanted.
        let page = filter.isAnsweredBySets ? min(limit, Self.page) : Self.page
        while true {
            let candidates = try await search.next(min(page, budget.jobs - found.examined), self)
            guard let last = candidates.last else { break }
            found.examined += candidates.count
            let ids = try await matching(filter, among: candidates.map(\.id))
            let matching = try await jobs(ids).filter(filter.matches)
            let jobs = matching.prefix(limit - found.jobs.count)
            found.jobs += jobs
            let cursors = Dictionary(candidates.map { ($0.id, $0) }) { first, _ in first }
            for job in jobs { found.cursors[job.id] = cursors[job.id] }
            if found.jobs.count == limit {
                found.isComplete = jobs.count == matching.count && search.isAtEnd
                found.next = found.isComplete ? nil : found.jobs.last.flatMap { found.cursors[$0.id] }
                return found
            }
            let isLate = found.examined >= SearchBudget.least && ContinuousClock.now - start > budget.time
            if found.examined >= budget.jobs || isLate {
                (found.isComplete, found.isCut) = (search.isAtEnd, !search.isAtEnd)
                found.next = found.isCut ? last : nil
                return found
            }
        }
        return found
    }

    /// The jobs of these ids that are there, without their payloads.
    public func records(_ ids: [JobID]) async throws(JobError) -> [JobRecord] {
        var records: [JobRecord] = []
        for page in ids.chunks(ofCount: Self.page) { records += try await jobs(Array(page)) }
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
