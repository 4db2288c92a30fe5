internal import Martlet
internal import Synchronization

/// The attempts that this process owns, and so the places that are free. A place is taken at the claim and free again
/// when the end of the attempt is in Redis.
final class RunningJobs: Sendable {
    /// Raised when places became free.
    let freed: WakeUp
    private let concurrency: Int
    private let early: Mutex<[JobID]> = Mutex([])
    private let jobs: Mutex<[JobID: RunningJob]> = Mutex([:])

    init(concurrency: Int, freed: WakeUp) {
        self.concurrency = concurrency
        self.freed = freed
    }

    var count: Int { jobs.withLock(\.count) }
    var free: Int { concurrency - count }
    var all: [RunningJob] { jobs.withLock { Array($0.values) } }

    /// Has a job's attempt stopped because somebody cancels it. An order may overtake the reply of the claim that it is
    /// about: the last hundred for jobs that are not here are kept for that.
    func cancel(_ id: JobID) {
        let job = jobs.withLock { $0[id] }
        if let job {
            job.stop(.cancelled)
        } else {
            early.withLock { early in
                early.append(id)
                if early.count > 100 { early.removeFirst() }
            }
        }
    }

    subscript(id: JobID) -> RunningJob? { jobs.withLock { $0[id] } }

    /// An older attempt of the same job has lost its lease, or this one would not be there; nobody else would tell it.
    func add(_ job: RunningJob) {
        let older = jobs.withLock { $0.updateValue(job, forKey: job.claimed.id) }
        older?.stop(.leaseLost)
        let isCancelled = early.withLock { early in
            guard let index = early.firstIndex(of: job.claimed.id) else { return false }
            early.remove(at: index)
            return true
        }
        if isCancelled { job.stop(.cancelled) }
    }

    func remove(_ ended: some Sequence<RunningJob>) {
        jobs.withLock { jobs in
            for job in ended where jobs[job.claimed.id] === job {
                jobs[job.claimed.id] = nil
            }
        }
        freed.raise()
    }
}
