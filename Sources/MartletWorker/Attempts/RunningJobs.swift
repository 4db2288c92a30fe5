internal import Martlet
internal import Synchronization

/// The attempts that this process owns, and so the places that are free.
///
/// A place is taken at the claim and free again when the end of the attempt is on its way to Redis, so that the next
/// claim follows in the same write; while ends do not get through, no more than a second set of places is given away.
/// While no handler gets a thread to begin on, because others block them all, none is given away: what would be claimed
/// could not run.
final class RunningJobs: Sendable {
    /// Raised when places became free.
    let freed: WakeUp
    private let concurrency: Int
    private let isSecluded = Mutex(false)
    private let isQuieted = Mutex(false)
    private let early: Mutex<[JobID]> = Mutex([])
    private struct Attempts {
        var current: [JobID: RunningJob] = [:]
        /// Attempts that lost their lease and whose job this worker has claimed again: their handlers still run.
        var older: [ObjectIdentifier: RunningJob] = [:]
        /// How many of them are over but for the answer of Redis.
        var ending = 0
        /// How many of them have no thread yet.
        var unbegun = 0
        /// When one of these last came to the others, or got its thread.
        var moved = ContinuousClock.now

        var count: Int { current.count + older.count }
        var isBlocked: Bool { unbegun > 0 && .now - moved > RunningJobs.patience }
    }
    /// A second without a thread for those that wait for one.
    private static let patience = Duration.seconds(1)
    private let attempts = Mutex(Attempts())

    init(concurrency: Int, freed: WakeUp) {
        self.concurrency = concurrency
        self.freed = freed
    }

    var count: Int { attempts.withLock(\.count) }
    /// None while ``seclude(_:)`` or ``quiet(_:)`` holds them back, or the handlers block every thread.
    var free: Int { isBlocked ? 0 : places }
    /// Whether no handler gets a thread to begin on.
    var isBlocked: Bool { attempts.withLock(\.isBlocked) }
    /// Whether every place is taken, or held back.
    var isFull: Bool { places <= 0 }
    private var places: Int {
        if isSecluded.withLock(\.self) || isQuiet { return 0 }
        return attempts.withLock { concurrency - $0.count + min($0.ending, concurrency) }
    }
    /// Whether an operator wants nothing more to be claimed.
    var isQuiet: Bool { isQuieted.withLock(\.self) }
    var all: [RunningJob] { attempts.withLock { Array($0.current.values) + $0.older.values } }

    /// Holds all free places back, for the sake of a job that has to run alone.
    func seclude(_ isSecluded: Bool) {
        self.isSecluded.withLock { $0 = isSecluded }
    }

    /// Holds all free places back because an operator says so, or gives them free again.
    func quiet(_ isQuiet: Bool) {
        isQuieted.withLock { $0 = isQuiet }
        freed.raise()
    }

    /// Has a job's attempt stopped because somebody cancels it.
    ///
    /// An order may overtake the reply of the claim that it is about: the last hundred for jobs that are not here are
    /// kept for that, until ``forgetOrders()``.
    func cancel(_ id: JobID) {
        let job = attempts.withLock { $0.current[id] }
        if let job {
            job.stop(.cancelled)
        } else {
            early.withLock { early in
                early.append(id)
                if early.count > 100 { early.removeFirst() }
            }
        }
    }

    /// Every claim was answered: what was ordered about jobs that are not here was about attempts that have ended, and
    /// not about what the next claim brings.
    func forgetOrders() {
        early.withLock { $0 = [] }
    }

    subscript(id: JobID) -> RunningJob? { attempts.withLock { $0.current[id] } }

    /// An older attempt of the same job has lost its lease, or this one would not be there; nobody else would tell it.
    func add(_ job: RunningJob) {
        let older = attempts.withLock { attempts -> RunningJob? in
            if attempts.unbegun == 0 { attempts.moved = .now }
            attempts.unbegun += 1
            guard let older = attempts.current.updateValue(job, forKey: job.claimed.id) else { return nil }
            attempts.older[ObjectIdentifier(older)] = older
            return older
        }
        older?.stop(.leaseLost)
        let isCancelled = early.withLock { early in
            guard let index = early.firstIndex(of: job.claimed.id) else { return false }
            early.remove(at: index)
            return true
        }
        if isCancelled { job.stop(.cancelled) }
    }

    /// A job's handler has got a thread.
    func begin() {
        let wasBlocked = attempts.withLock { attempts in
            let wasBlocked = attempts.isBlocked
            attempts.unbegun -= 1
            attempts.moved = .now
            return wasBlocked
        }
        if wasBlocked { freed.raise() }
    }

    /// Their ends are on their way.
    func end(_ count: Int) {
        attempts.withLock { $0.ending += count }
        freed.raise()
    }

    /// Their ends are in Redis.
    func remove(_ ended: some Collection<RunningJob>) {
        attempts.withLock { attempts in
            attempts.ending -= ended.count
            for job in ended {
                if attempts.current[job.claimed.id] === job {
                    attempts.current[job.claimed.id] = nil
                } else {
                    attempts.older[ObjectIdentifier(job)] = nil
                }
            }
        }
        freed.raise()
    }
}
