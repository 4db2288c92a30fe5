internal import FoundationEssentials
internal import RedisClient

/// The reasons why a job does not run, or what it does instead.
public struct Explanation: Sendable, Hashable {
    /// The obstacles between a job and its run, in the order in which the claim meets them.
    public enum Gate: String, Sendable, Hashable {
        /// The job has finished.
        case finished
        /// A worker runs the job.
        case running
        /// The lease of its attempt ran out, and the next claim in the queue takes the job back.
        case leaseLost = "lease lost"
        /// An operator asked to cancel it while it runs, and its worker has not stopped it yet.
        case cancelRequested = "cancel requested"
        /// The job is scheduled, and its time has not come.
        case notDue = "not due"
        /// Its deadline has passed, and the next claim in the queue ends it.
        case deadlinePassed = "deadline passed"
        /// No live worker takes jobs of its queue.
        case noWorker = "no worker"
        /// The queue is paused.
        case paused
        /// No live worker of its queue has a handler for its type.
        case unknownType = "unknown type"
        /// Every worker that could run it is quiet.
        case quiet
        /// The job may have killed its worker, and waits for a worker that runs nothing else.
        case suspect
        /// The only worker that could run it takes nothing until it is empty, for the sake of a suspect.
        case emptying
        /// All places of the workers that could run it are taken.
        case full
        /// Other jobs of the queue stand before it.
        case position
        /// Nothing stands in the way of the job: the next claim takes it.
        case next
    }

    /// A gate with a sentence about it.
    public struct Finding: Sendable, Hashable {
        /// The obstacle.
        public let gate: Gate
        /// The sentence, which says in words for operators what holds and what to do.
        public let text: String
    }

    /// The job that is explained.
    public let job: JobRecord
    /// The obstacles; the job waits for the first one now, and for the others after that.
    public let findings: [Finding]
}

extension Inspector {
    /// Explains why a job is not running, gate by gate.
    ///
    /// - Parameters:
    ///   - id: The job's full id.
    ///   - span: Writes a span of time. Default: in milliseconds.
    /// - Returns: The explanation; nil when there is no such job.
    /// - Throws: ``JobError`` when Redis fails, or holds what no release writes.
    public func explain(
        _ id: JobID,
        span: (@Sendable (Duration) -> String)? = nil
    ) async throws(JobError) -> Explanation? {
        guard let job = try await job(id) else { return nil }
        let keys = store.keys
        let waiting = RedisArgument(keys.state(.waiting, of: id.queue))
        let member = RedisArgument(id.local)
        let replies = try await send([
            RedisCommand("TIME"),
            RedisCommand("HMGET", [RedisArgument(keys.meta(id.queue)), "paused_at", "paused_by"]),
            RedisCommand("ZSCORE", [RedisArgument(keys.state(.running, of: id.queue)), member]),
            RedisCommand("ZRANK", [waiting, member]),
            RedisCommand("ZCARD", [waiting]),
            RedisCommand("GET", [RedisArgument(keys.alone(id.queue))]),
            RedisCommand("HMGET", [RedisArgument(keys.job(id)), "suspect", "token"]),
            RedisCommand("LRANGE", [RedisArgument(keys.attempts(id)), -1, -1]),
        ])
        let now = try replies[0].clock()
        guard let meta = replies[1].array, meta.count == 2, let marks = replies[6].array, marks.count == 2 else {
            throw .wrongShape("HMGET", "what it asks for")
        }
        let workers = try await workers()
        let scene = Scene(
            job: job,
            now: now,
            pause: QueuePause(since: meta[0].string, by: meta[1].string),
            lease: StoredNumber.time(score: replies[2].string),
            position: replies[3].isNull ? nil : try replies[3].number("ZRANK") + 1,
            waiting: try replies[4].number("ZCARD"),
            emptying: replies[5].string,
            isSuspect: !marks[0].isNull,
            lastAttempt: try replies[7].texts("LRANGE").first.flatMap { AttemptEnd($0) },
            workers: workers,
            busy: job.state.isFinished ? nil : try await busy(workers.filter { $0.queues.contains(id.queue) }),
            span: span ?? { "\($0.milliseconds) ms" }
        )
        return Explanation(job: job, findings: scene.findings)
    }

    /// The number of jobs that each worker runs now, counted from the running jobs of its queues.
    ///
    /// Nil when those are too many to look at; the last heartbeats then have to do.
    private func busy(_ workers: [WorkerRecord]) async throws(JobError) -> [String: Int]? {
        let queues = Set(workers.flatMap(\.queues)).filter(Name.isValid).sorted()
        let sets = queues.map { store.keys.state(.running, of: $0) }
        let members = try await send(
            sets.map { RedisCommand("ZRANGE", [RedisArgument($0), 0, RedisArgument(Self.page)]) }
        )
        var keys: [String] = []
        for (queue, reply) in zip(queues, members) {
            let ids = try reply.texts("ZRANGE")
            keys += try ids.map { id throws(JobError) in
                store.keys.job(try .stored(id, of: queue, in: store.keys.state(.running, of: queue)))
            }
        }
        guard keys.count <= Self.page else { return nil }
        var busy: [String: Int] = [:]
        for reply in try await send(keys.map { RedisCommand("HGET", [RedisArgument($0), "worker"]) }) {
            if let worker = reply.string { busy[worker, default: 0] += 1 }
        }
        return busy
    }
}

/// The state of a job and its surroundings at one moment.
private struct Scene {
    let job: JobRecord
    let now: Date
    let pause: QueuePause?
    /// The time at which the lease ends.
    let lease: Date?
    /// The position of the job in its queue, from 1.
    let position: Int?
    let waiting: Int
    /// The worker that takes no jobs until it is empty, for the sake of a suspect.
    let emptying: String?
    let isSuspect: Bool
    let lastAttempt: AttemptEnd?
    let workers: [WorkerRecord]
    /// The number of jobs that each worker runs; nil where only heartbeats tell.
    let busy: [String: Int]?
    let span: @Sendable (Duration) -> String

    private typealias Finding = Explanation.Finding

    var findings: [Explanation.Finding] {
        switch job.state {
        case .successful, .warning, .error, .cancelled: [finished]
        case .running: running
        case .scheduled: [notDue] + expired + queueGates + workerGates
        case .waiting: waitingGates
        }
    }

    private var finished: Finding {
        let why = (job.state == .warning ? job.warning : job.error).map { ": \(quoted($0))" } ?? ""
        let ended = "it has finished (\(job.state.title)) \(ago(job.finishedAt ?? job.enqueuedAt))\(why)"
        return Finding(gate: .finished, text: "\(ended); martlet job restart \(job.id) sends it round again")
    }

    private var running: [Finding] {
        let worker = job.worker ?? "?"
        let started = "worker \(worker) since \(since(job.startedAt ?? now))"
        let left = (lease ?? now).duration(since: now)
        var findings: [Finding] = []
        if left <= .zero {
            findings.append(
                Finding(
                    gate: .leaseLost,
                    text:
                        "its lease ran out \(span(.zero - left)) ago: it ran on \(started), and waits for the next claim in "
                        + "this queue to take it back"
                )
            )
        } else {
            let text =
                "it is running on \(started), attempt \(job.attempt), with its lease until \(span(left)) from now"
            findings.append(Finding(gate: .running, text: text))
        }
        if let asked = job.cancelRequestedAt {
            let text = "its cancel was asked for \(ago(asked)); its worker has not stopped it yet"
            findings.append(Finding(gate: .cancelRequested, text: text))
        }
        return findings + (left <= .zero ? queueGates : [])
    }

    /// The finding for a job that is not due: a retry, a snooze, or a start that has not come.
    private var notDue: Finding {
        let left = (job.dueAt ?? now).duration(since: now)
        let spent = job.attempt - job.attemptsBeforeRestart
        let when = left > .zero ? "in \(span(left))" : "now: the next claim in this queue takes it along"
        if spent > 0, let error = job.error {
            let limit = job.maxRetries.map { " of \($0)" } ?? ""
            return Finding(gate: .notDue, text: "retry \(spent)\(limit) \(when) after \(quoted(error))")
        }
        return Finding(gate: .notDue, text: "it is not due: \(when)")
    }

    /// The finding for a job whose deadline has passed, and which no claim has ended yet.
    private var expired: [Finding] {
        guard let deadline = job.deadline, deadline <= now else { return [] }
        let text = "its deadline passed \(ago(deadline)): the next claim in this queue ends it"
        return [Finding(gate: .deadlinePassed, text: text)]
    }

    private var waitingGates: [Finding] {
        let gates = expired + queueGates + workerGates
        let place = Finding(
            gate: .position,
            text: "it is at position \(position ?? 0) of the \(waiting) that wait in its queue"
        )
        let isFirst = position == 1 && gates.isEmpty
        if isFirst {
            return [Finding(gate: .next, text: "nothing stands in its way: it is the next of its queue to be claimed")]
        }
        return gates + [place]
    }

    /// The gates that hold for every job of the queue.
    private var queueGates: [Finding] {
        var gates: [Finding] = []
        if let pause {
            let by = pause.by.isEmpty ? "" : " by \(pause.by)"
            let text =
                "queue \(job.id.queue) is paused\(by), since \(since(pause.since)); martlet queue resume "
                + "\(job.id.queue) has it go on"
            gates.append(Finding(gate: .paused, text: text))
        }
        if taking.isEmpty {
            let others =
                switch workers.count {
                case 0: "no worker lives at all"
                case 1: "the one that lives takes others"
                default: "the \(workers.count) that live take others"
                }
            gates.append(Finding(gate: .noWorker, text: "no live worker takes queue \(job.id.queue): \(others)"))
        }
        return gates
    }

    /// The gates that hold for this job.
    private var workerGates: [Finding] {
        guard !taking.isEmpty else { return [] }
        guard !able.isEmpty else {
            let count =
                taking.count == 1 ? "the one worker that takes" : "none of the \(taking.count) workers that take"
            let text = taking.count == 1 ? "does not know" : "knows"
            return [Finding(gate: .unknownType, text: "\(count) queue \(job.id.queue) \(text) the type \(job.type)")]
        }
        guard !awake.isEmpty else {
            let names = able.prefix(3).map(\.id).joined(separator: ", ")
            return [Finding(gate: .quiet, text: "every worker that could run it is quiet: \(names)")]
        }
        if isSuspect {
            let text = "it may have killed its worker and runs alone: it waits for a worker that runs nothing else"
            return [Finding(gate: .suspect, text: text)]
        }
        if let emptying, awake.allSatisfy({ $0.id == emptying }) {
            let text =
                "worker \(emptying) takes nothing until it is empty, to run a job alone that may have killed a worker"
            return [Finding(gate: .emptying, text: text)]
        }
        let free = awake.reduce(0) { free, worker in
            let running = busy.map { $0[worker.id] ?? 0 } ?? worker.running
            return free + max(0, worker.concurrency - running)
        }
        if free == 0 {
            let places = awake.reduce(0) { $0 + $1.concurrency }
            let count = awake.count == 1 ? "the one worker" : "the \(awake.count) workers"
            return [Finding(gate: .full, text: "all \(places) places of \(count) that could run it are taken")]
        }
        return []
    }

    private var taking: [WorkerRecord] { workers.filter { $0.queues.contains(job.id.queue) } }
    private var able: [WorkerRecord] { taking.filter { $0.types.contains(job.type) } }
    private var awake: [WorkerRecord] { able.filter { !$0.isQuiet } }

    private func since(_ time: Date) -> String { span(max(.zero, now.duration(since: time))) }
    private func ago(_ time: Date) -> String { "\(since(time)) ago" }
    private func quoted(_ text: String) -> String { "\"\(text.prefix(200))\"" }
}
