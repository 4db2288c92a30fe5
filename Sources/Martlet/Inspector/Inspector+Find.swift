internal import Algorithms
internal import RedisClient

/// The limits of a search, after which it says that it has not seen everything.
public struct SearchBudget: Sendable {
    /// The most jobs that are looked at.
    public var jobs: Int
    /// The longest time that the search takes, once it has looked at 2,500 jobs.
    public var time: Duration

    /// Makes a budget of this many jobs and this time.
    public init(jobs: Int, time: Duration) {
        self.jobs = jobs
        self.time = time
    }

    /// The number of jobs that are looked at however long they take.
    static let least = 2500
    /// The budget for somebody who waits for a page: 50,000 jobs or 150 ms.
    public static let page = SearchBudget(jobs: 50_000, time: .milliseconds(150))
    /// The budget of a search that goes to the end: any number of jobs, and one day.
    public static let all = SearchBudget(jobs: .max, time: .seconds(86_400))
}

/// The result of a search.
public struct FoundJobs: Sendable {
    /// The jobs found, without their payloads, in the order asked for.
    public var jobs: [JobRecord] = []
    /// The number of jobs that were looked at.
    public var examined = 0
    /// The number of jobs in the sets that had to be looked through.
    public var total = 0
    /// True when no job that might match was left out, neither for the limit nor for the budget.
    public var isComplete = true
    /// True when the budget was spent before enough jobs were found.
    public var isCut = false
    /// The cursor of a search that goes on behind this one; nil when nothing was left out.
    ///
    /// It stands behind the last of ``jobs``, or behind the last job that was looked at where the budget was spent.
    public var next: JobCursor?
    var cursors: [JobID: JobCursor] = [:]

    /// The cursor behind one of ``jobs``, in the order of the search; nil for any other job.
    public func cursor(of job: JobRecord) -> JobCursor? { cursors[job.id] }
}

extension Inspector {
    /// Finds jobs that match, at most `limit` of them, without their payloads.
    ///
    /// It reads the sorted sets in the filter's order, and hashes, 500 at a time, only where the sets do not tell
    /// enough. A job that has changed its place since the cursor was made may come again, or not at all; a running job
    /// changes its place with each renewal of its lease.
    ///
    /// - Parameters:
    ///   - filter: The jobs that are meant, and their order.
    ///   - cursor: The place at which another search with the same filter ended; this search goes on behind it.
    ///     Default: the beginning.
    ///   - limit: The most jobs that are returned.
    ///   - budget: The limits of the search.
    /// - Returns: The jobs, and where to go on.
    /// - Throws: ``JobError`` with the code `invalid` when the filter is not valid, or the cursor is of another order.
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
        // Where every candidate matches, only as many are read as are wanted.
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

    /// Reads the jobs with these ids, without their payloads; ids without a job are left out.
    public func records(_ ids: [JobID]) async throws(JobError) -> [JobRecord] {
        var records: [JobRecord] = []
        for page in ids.chunks(ofCount: Self.page) { records += try await jobs(Array(page)) }
        return records
    }

    /// Finds the ids of all jobs that match, at most `limit`.
    ///
    /// - Parameters:
    ///   - filter: The jobs that are meant, and their order.
    ///   - limit: The most ids that are returned.
    ///   - progress: Called with the number of jobs looked at, and the number of all jobs to look at.
    /// - Returns: The ids, and whether there may be more than `limit`.
    /// - Throws: ``JobError`` with the code `invalid` when the filter is not valid, or the error of `progress`.
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
    /// The candidates that match, judged by as few fields of their hashes as possible.
    private func matching(_ filter: JobFilter, among ids: [JobID]) async throws(JobError) -> [JobID] {
        if filter.isAnsweredBySets { return ids }
        return try await jobs(ids, reading: filter.fields).filter(filter.matches).map(\.id)
    }
}
