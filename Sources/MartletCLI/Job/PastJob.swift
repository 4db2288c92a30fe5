internal import ArgumentParser
internal import Martlet
internal import MartletArchive
internal import RedisClient

/// A job that has gone from Redis into the archive.
struct PastJob {
    let record: JobRecord
    let attempts: [AttemptEnd]
    let log: [LogEntry]
}

extension ArchiveOption {
    /// Finds the archived job that an argument means.
    ///
    /// A whole id in the archive counts before a beginning of one in Redis.
    /// - Returns: its id; nil when no archive is named, when Redis has the job, and when the archive has none either.
    /// - Throws: `ExitCode.noMatch`, after it said why, when the argument is the beginning of more than one id.
    func id(_ id: JobID, unlessIn inspector: Inspector) async throws -> JobID? {
        guard isGiven else { return nil }
        let alive = try await inspector.resolve(id).matches
        guard alive != [id] else { return nil }
        let past = try await withHistoryIfAny { try await $0.ids(beginning: id) } ?? []
        if past == [id] { return id }
        // One that is being moved is in both.
        let all = alive + past.filter { !alive.contains($0) }
        guard all.count < 2 else { throw ExitCode.ambiguous(id, all) }
        return alive.isEmpty ? past.first : nil
    }

    /// Says that a job may be in an archive when none is named and an archiver has been at work.
    func hint(_ inspector: Inspector) async throws {
        do throws(JobError) {
            guard !isGiven, try await inspector.archiver() != nil else { return }
        } catch {
            // A user with the rights of a producer may not ask, and needs no hint.
            guard error.redis?.code == .noPermission else { throw error }
            return
        }
        Terminal.say("one that has gone to the archive is read with --archive PATH")
    }

    /// Reads that job in the archive.
    func job(_ id: JobID, unlessIn inspector: Inspector) async throws -> PastJob? {
        guard let id = try await self.id(id, unlessIn: inspector) else { return nil }
        return try await withHistory { history in
            guard let record = try await history.job(id) else { return nil }
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

    /// Merges the jobs of a list with those of the archive, at most `limit` of them.
    ///
    /// A list by time keeps the filter's order. A list by attention, or of one object or schedule, ends with the
    /// archived jobs, or begins with them when the oldest come first.
    func adding(to jobs: [JobRecord], _ filter: JobFilter, limit: Int) async throws -> [JobRecord] {
        guard filter.states.isEmpty || filter.states.contains(where: \.isFinished),
            let past = try await withHistoryIfAny({ try await $0.jobs(filter, limit: limit) })
        else { return jobs }
        // One that is being moved is in both.
        let known = Set(jobs.map(\.id))
        let more = past.filter { !known.contains($0.id) }
        var all = filter.order == .oldest ? more + jobs : jobs + more
        if filter.object == nil, filter.schedule == nil, filter.order != .attention {
            all.sort { filter.order == .oldest ? $0.moment < $1.moment : $0.moment > $1.moment }
        }
        return Array(all.prefix(limit))
    }
}
