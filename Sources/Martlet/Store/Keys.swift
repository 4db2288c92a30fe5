/// The one place in Swift that spells a key. Queue keys share the hash tag `{queue}`, so that each script stays within
/// one slot of a cluster; scripts get the queue's root and add the same endings.
package struct Keys: Sendable {
    package let prefix: String

    /// Names of queues: a set.
    package var queues: String { "\(prefix):queues" }
    /// Worker ids by last heartbeat: a sorted set.
    package var workers: String { "\(prefix):workers" }
    /// Who moves finished jobs into an archive, and how that goes: a hash.
    package var archiver: String { "\(prefix):archiver" }
    /// What a worker says of itself: a hash.
    package func worker(_ id: String) -> String { "\(prefix):worker:\(id)" }
    /// What a worker is told to do, words that it blocks on: a list.
    package func orders(_ worker: String) -> String { "\(prefix):worker:\(worker):orders" }

    /// The root that every key of a queue begins with, and the one key that a script is given.
    package func queue(_ queue: String) -> String { "\(prefix):{\(queue)}" }
    /// One job: a hash.
    package func job(_ id: JobID) -> String { "\(queue(id.queue)):job:\(id.local)" }
    /// A job's log: a list of JSON lines.
    package func log(_ id: JobID) -> String { "\(queue(id.queue)):log:\(id.local)" }
    /// How a job's attempts ended that did not simply succeed: a list of JSON objects.
    package func attempts(_ id: JobID) -> String { "\(queue(id.queue)):attempts:\(id.local)" }
    /// The jobs in a state: a sorted set.
    package func state(_ state: JobState, of queue: String) -> String { "\(self.queue(queue)):\(state.rawValue)" }
    /// The jobs about an object, by the time they were enqueued: a sorted set.
    package func object(_ object: String, of queue: String) -> String { "\(self.queue(queue)):object:\(object)" }
    /// Written only to be confirmed by replicas: a string.
    package func confirmed(_ queue: String) -> String { "\(self.queue(queue)):confirmed" }
    /// Finished jobs with a retention of their own, by the time they go: a sorted set.
    package func expiring(_ queue: String) -> String { "\(self.queue(queue)):expiring" }
    /// The jobs that a schedule fired, by the time they came to the queue: a sorted set.
    package func fired(by schedule: String, to queue: String) -> String { "\(self.queue(queue)):fired:\(schedule)" }
    /// Waiting jobs whose type no worker knew that looked, as `type id`: a sorted set.
    package func unknown(_ queue: String) -> String { "\(self.queue(queue)):unknown" }
    /// The doorbell that idle workers block on: a list.
    package func wake(_ queue: String) -> String { "\(self.queue(queue)):wake" }

    /// The root that every key of the schedules begins with, and the one key that their scripts are given. A queue may
    /// have the name `scheduler` too: no key below has the ending of one of a queue's.
    package var scheduler: String { "\(prefix):{scheduler}" }
    /// Who fires schedules: a hash.
    package var leader: String { "\(scheduler):leader" }
    /// How many leaders there have been: a number.
    package var term: String { "\(scheduler):term" }
    /// Names of schedules: a sorted set, all with the score 0.
    package var schedules: String { "\(scheduler):schedules" }
    /// Schedules by the time at which the leader has to look at them: a sorted set.
    package var due: String { "\(scheduler):due" }
    /// Declared schedules by the time at which that was last heard: a sorted set.
    package var declared: String { "\(scheduler):declared" }
    /// The doorbell of the leader, which rings when it has to look before the next slot: a list.
    package var news: String { "\(scheduler):news" }
    /// Programs that declare schedules, by the time until which their word holds: a sorted set that expires.
    package var programs: String { "\(scheduler):programs" }
    /// Declared schedules that operators removed, by when: a sorted set of the last 1,000.
    package var removed: String { "\(scheduler):removed" }
    /// The last number that a pending job, or a revision of a schedule, was given: a number.
    package var sequence: String { "\(scheduler):sequence" }
    /// Jobs on their way from schedules to their queues: a list of JSON objects.
    package var pending: String { "\(scheduler):pending" }
    /// One schedule: a hash.
    package func schedule(_ name: String) -> String { "\(scheduler):schedule:\(name)" }
    /// A schedule's ledger, the newest first: a list of JSON objects.
    package func slots(_ schedule: String) -> String { "\(scheduler):slots:\(schedule)" }
}
