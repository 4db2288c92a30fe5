internal import Martlet
internal import Synchronization

/// The attempts that this process owns, and so the places that are free.
///
/// A place is taken at the claim and free again when the end of the attempt is on its way to Redis, so that the next
/// claim goes out with the same write. While ends do not get through, at most a second set of places is given away.
/// While handlers block every thread, so that no other one can begin, no place is free: a claimed job could not run.
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
        /// Attempts whose end was sent and not yet confirmed.
        var ending = 0
        /// Attempts whose handlers have no thread yet.
        var unbegun = 0
        /// The instant at which the first of these came, or one of them last got its thread.
        var moved = ContinuousClock.now

        var count: Int { current.count + older.count }
        var isBlocked: Bool { unbegun > 0 && .now - moved > RunningJobs.patience }
    }
    /// The time that handlers may wait for a thread before the pool counts as blocked.
    private static let patience = Duration.seconds(1)
    private let attempts = Mutex(Attempts())

    init(concurrency: Int, freed: WakeUp) {
        self.concurrency = concurrency
        self.freed = freed
    }

    var count: Int { attempts.withLock(\.count) }
    /// The number of places to claim for.
    ///
    /// It is 0 while ``seclude(_:)`` or ``quiet(_:)`` holds them back, and while handlers block every thread.
    var free: Int { isBlocked ? 0 : places }
    /// True while handlers wait for a thread and none has got one for longer than ``patience``.
    var isBlocked: Bool { attempts.withLock(\.isBlocked) }
    /// True while every place is taken or held back.
    var isFull: Bool { places <= 0 }
    private var places: Int {
        if isSecluded.withLock(\.self) || isQuiet { return 0 }
        return attempts.withLock { concurrency - $0.count + min($0.ending, concurrency) }
    }
    /// True while an operator has told this worker to claim nothing more.
    var isQuiet: Bool { isQuieted.withLock(\.self) }
    var all: [RunningJob] { attempts.withLock { Array($0.current.values) + $0.older.values } }

    /// Holds all free places back, or frees them again, for a job that has to run alone.
    func seclude(_ isSecluded: Bool) {
        self.isSecluded.withLock { $0 = isSecluded }
    }

    /// Holds all free places back because an operator says so, or gives them free again.
    func quiet(_ isQuiet: Bool) {
        isQuieted.withLock { $0 = isQuiet }
        freed.raise()
    }

    /// Stops a job's attempt because somebody cancels the job.
    ///
    /// An order may arrive before the reply of the claim that it is about. The last hundred orders about jobs that are
    /// not here are therefore kept until ``forgetOrders()``.
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

    /// Forgets the orders about jobs that are not here; called when every claim was answered.
    ///
    /// They were about attempts that have ended, and not about those that the next claim brings.
    func forgetOrders() {
        early.withLock { $0 = [] }
    }

    subscript(id: JobID) -> RunningJob? { attempts.withLock { $0.current[id] } }

    /// Adds an attempt, and stops an older attempt of the same job that still runs here.
    ///
    /// The new claim shows that the older one has lost its lease, and nothing else would tell it.
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

    /// Notes that the handler of an attempt has a thread.
    func begin() {
        let wasBlocked = attempts.withLock { attempts in
            let wasBlocked = attempts.isBlocked
            attempts.unbegun -= 1
            attempts.moved = .now
            return wasBlocked
        }
        if wasBlocked { freed.raise() }
    }

    /// Notes that the ends of so many attempts are on their way to Redis, which frees their places.
    func end(_ count: Int) {
        attempts.withLock { $0.ending += count }
        freed.raise()
    }

    /// Removes attempts whose ends are in Redis.
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
