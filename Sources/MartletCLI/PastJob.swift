internal import ArgumentParser
internal import Martlet
internal import MartletArchive

/// A job that has gone from Redis, as the archive has it.
struct PastJob {
    let record: JobRecord
    let attempts: [AttemptEnd]
    let log: [LogEntry]
}

extension ArchiveOption {
    /// The job that an argument means, read in the archive: nil where none is named, or Redis has the job, or the archive
    /// has not either.
    func job(_ id: JobID, unlessIn inspector: Inspector) async throws -> PastJob? {
        guard path?.isEmpty == false, try await inspector.resolve(id).matches.isEmpty else { return nil }
        return try await withHistory { history in
            guard let id = try await history.job(beginning: id), let record = try await history.job(id) else {
                return nil
            }
            var log: [LogEntry] = []
            var next = 0
            while true {
                let page = try await history.log(id, from: next)
                log += page.entries
                guard !page.entries.isEmpty, page.next > next else { break }
                next = page.next
            }
            return PastJob(record: record, attempts: try await history.attempts(id), log: log)
        }
    }

    /// The jobs of a list with those of the archive behind them, at most `limit`; before them where the oldest come first.
    func adding(to jobs: [JobRecord], _ filter: JobFilter, limit: Int) async throws -> [JobRecord] {
        guard path?.isEmpty == false, filter.states.isEmpty || filter.states.contains(where: \.isFinished) else {
            return jobs
        }
        let past = try await withHistory { try await $0.jobs(HistoryFilter(filter), limit: limit) }
        // One that is being moved is in both.
        let known = Set(jobs.map(\.id))
        let more = past.filter { !known.contains($0.id) }
        return Array((filter.order == .oldest ? more + jobs : jobs + more).prefix(limit))
    }
}
