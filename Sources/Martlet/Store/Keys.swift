package import FoundationEssentials

/// The keys in Redis; no other place in Swift spells one.
///
/// The keys of a queue share the hash tag `{queue}`, so that each script stays within one slot of a cluster. Scripts
/// get the queue's root and add the same endings.
package struct Keys: Sendable {
    package let prefix: String

    /// The names of queues: a set.
    package var queues: String { "\(prefix):queues" }
    /// Worker ids by last heartbeat: a sorted set.
    package var workers: String { "\(prefix):workers" }
    /// The changes by operators, the newest first: a list of JSON objects.
    package var audit: String { "\(prefix):audit" }
    /// The process that moves finished jobs into an archive, and how that goes: a hash.
    package var archiver: String { "\(prefix):archiver" }
    /// The description of a worker by itself: a hash.
    package func worker(_ id: String) -> String { "\(prefix):worker:\(id)" }
    /// The orders to a worker, words that it blocks on: a list.
    package func orders(_ worker: String) -> String { "\(prefix):worker:\(worker):orders" }

    /// The root that every key of a queue begins with, and the one key that a script is given.
    package func queue(_ queue: String) -> String { "\(prefix):{\(queue)}" }
    /// A job: a hash.
    package func job(_ id: JobID) -> String { "\(queue(id.queue)):job:\(id.local)" }
    /// A job's log: a list of JSON lines.
    package func log(_ id: JobID) -> String { "\(queue(id.queue)):log:\(id.local)" }
    /// The ends of a job's attempts that did not simply succeed: a list of JSON objects.
    package func attempts(_ id: JobID) -> String { "\(queue(id.queue)):attempts:\(id.local)" }
    /// The jobs in a state: a sorted set.
    package func state(_ state: JobState, of queue: String) -> String { "\(self.queue(queue)):\(state.rawValue)" }
    /// The jobs about an object, by the time they were enqueued: a sorted set.
    package func object(_ object: String, of queue: String) -> String { "\(self.queue(queue)):object:\(object)" }
    /// A value that is written only to be confirmed by replicas: a string.
    package func confirmed(_ queue: String) -> String { "\(self.queue(queue)):confirmed" }
    /// The finished jobs with a retention of their own, by the time at which it ends: a sorted set.
    package func expiring(_ queue: String) -> String { "\(self.queue(queue)):expiring" }
    /// The jobs that a schedule fired, by the time they came to the queue: a sorted set.
    package func fired(by schedule: String, to queue: String) -> String { "\(self.queue(queue)):fired:\(schedule)" }
    /// The jobs that wait with a deadline, by that time: a sorted set.
    package func deadlines(_ queue: String) -> String { "\(self.queue(queue)):deadlines" }
    /// The waiting jobs whose type no worker knew when it looked, as `type id`: a sorted set.
    package func unknown(_ queue: String) -> String { "\(self.queue(queue)):unknown" }
    /// The settings of a queue as a whole, such as a pause: a hash.
    package func meta(_ queue: String) -> String { "\(self.queue(queue)):meta" }
    /// The counts of what happened in the queue in the hour of an instant, counted from 1970: a hash that expires.
    package func counts(_ queue: String, hourOf instant: Date) -> String {
        "\(self.queue(queue)):counts:\(instant.milliseconds / Date.hour)"
    }
    /// The worker that empties itself for the sake of a suspect: a text that expires.
    package func alone(_ queue: String) -> String { "\(self.queue(queue)):alone" }
    /// The doorbell that idle workers block on: a list.
    package func wake(_ queue: String) -> String { "\(self.queue(queue)):wake" }

    /// The root that every key of the schedules begins with, and the one key that their scripts are given.
    ///
    /// A queue may be named `scheduler` too: no key below has an ending that a key of a queue has.
    package var scheduler: String { "\(prefix):{scheduler}" }
    /// The leader, which fires schedules: a hash.
    package var leader: String { "\(scheduler):leader" }
    /// The number of leaders that there have been: a number.
    package var term: String { "\(scheduler):term" }
    /// The names of schedules: a sorted set, all with the score 0.
    package var schedules: String { "\(scheduler):schedules" }
    /// The schedules by the time at which the leader has to look at them: a sorted set.
    package var due: String { "\(scheduler):due" }
    /// The declared schedules by the time at which that was last heard: a sorted set.
    package var declared: String { "\(scheduler):declared" }
    /// The doorbell of the leader, which rings when it has to look before the next slot: a list.
    package var news: String { "\(scheduler):news" }
    /// The programs that declare schedules, by the time until which that holds: a sorted set that expires.
    package var programs: String { "\(scheduler):programs" }
    /// The declared schedules that operators removed, by the time of that: a sorted set of the last 1,000.
    package var removed: String { "\(scheduler):removed" }
    /// The last number that a pending job, or a revision of a schedule, was given: a number.
    package var sequence: String { "\(scheduler):sequence" }
    /// The jobs on their way from schedules to their queues: a list of JSON objects.
    package var pending: String { "\(scheduler):pending" }
    /// A schedule: a hash.
    package func schedule(_ name: String) -> String { "\(scheduler):schedule:\(name)" }
    /// A schedule's ledger, the newest first: a list of JSON objects.
    package func slots(_ schedule: String) -> String { "\(scheduler):slots:\(schedule)" }
}
