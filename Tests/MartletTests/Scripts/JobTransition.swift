import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

/// A script that moves jobs, with jobs for it to move in each of its ways.
struct JobTransition: Sendable, CustomTestStringConvertible, CustomStringConvertible {
    let name: String
    /// Whether a second call brings about exactly what one call does.
    ///
    /// A claim is asked again for what it took, and gets the rest with the next; lines of a log may be there twice.
    var isExact = true
    let prepare: @Sendable (TestQueue) async throws -> ScriptCall

    var description: String { name }
    var testDescription: String { name }
    var isEnqueue: Bool { name.hasPrefix("enqueue") }

    static let all: [JobTransition] = taking + ending + operating
    private static let queue = "mail"
    /// The options of a job that holds something beside its place.
    static let holding = JobOptions(deadline: .after(.seconds(50_000)))

    private static func new(
        _ id: String,
        type: String = "greet",
        _ options: JobOptions = JobOptions(),
        start: JobStart = .now
    ) throws -> NewJob {
        var options = options
        options.queue = queue
        return try NewJob(type: type, json: "{}", id: id, options: options, start: start)
    }

    private static func running(_ queue: TestQueue) async throws -> ClaimedJob {
        try await queue.enqueue("a", holding)
        return try await queue.claimOne()
    }

    // MARK: Jobs come and are taken

    private static let taking: [JobTransition] = [
        JobTransition(name: "enqueue") { _ in
            let jobs = [
                try new("a", JobOptions(priority: 5, object: "disk/1")), try new("b"),
                try new("c", JobOptions(object: "disk/1"), start: .after(.seconds(9))),
                try new("d", holding), try new("e", holding, start: .after(.seconds(9))),
            ]
            return { store, _ in _ = try await store.enqueue(jobs, queue: queue, payloadLimit: 1000) }
        },
        JobTransition(name: "enqueue from an outbox") { _ in
            let jobs = try (1...2).map { number in
                OutboxedJob(sequence: Int64(number), job: try new("job-\(number)"))
            }
            return { store, _ in
                _ = try await store.enqueue(jobs, queue: queue, outbox: "app", after: 0, payloadLimit: 1000)
            }
        },
        JobTransition(name: "claim", isExact: false) { queue in
            try await queue.enqueue("due", JobOptions(object: "disk/1"), start: .after(.seconds(3)))
            try await queue.enqueue("lost")
            try await queue.enqueue("spent", JobOptions(maxRetries: 0))
            _ = try await queue.claim(2, worker: "bob")
            try await queue.enqueue("a", JobOptions(retention: .seconds(50)))
            try await queue.enqueue("strange", type: "strange")
            try await queue.enqueue("b", holding)
            try await queue.enqueue("late", JobOptions(deadline: .after(.seconds(9))))
            try await queue.enqueue("later", JobOptions(deadline: .after(.seconds(9))), start: .after(.seconds(5)))
            try await queue.clock.advance(by: .seconds(31))
            _ = try await queue.send("DEL", "\(queue.root):pulse")
            return claim(10, isIdle: false)
        },
        JobTransition(name: "claim of a suspect", isExact: false) { queue in
            let job = try await running(queue)
            try await queue.bury([job.id], alone: true)
            return claim(10, isIdle: true)
        },
        JobTransition(name: "claim of what was set aside", isExact: false) { queue in
            try await queue.enqueue("a", type: "sing")
            _ = try await queue.claim()
            return claim(10, isIdle: false)
        },
        JobTransition(name: "extend") { queue in
            let job = try await running(queue)
            return { store, _ in
                let reply = await withCheckedContinuation { continuation in
                    store.extend([(job.id.local, job.token)], queue: queue.name, lease: .seconds(30)) {
                        continuation.resume(returning: $0)
                    }
                }
                _ = try reply.get()
            }
        },
        JobTransition(name: "log", isExact: false) { queue in
            let job = try await running(queue)
            return { store, _ in
                let reply = await withCheckedContinuation { continuation in
                    store.log(
                        job,
                        lines: [Array("{\"a\":1}".utf8)],
                        first: 0,
                        lost: 0,
                        progress: "{}",
                        limits: LogLimits()
                    ) { continuation.resume(returning: $0) }
                }
                _ = try reply.get()
            }
        },
    ]

    private static func claim(_ limit: Int, isIdle: Bool) -> ScriptCall {
        { store, sent in
            _ = try await store.claim(
                queue: queue,
                worker: "ada",
                limit: limit,
                lease: .seconds(30),
                number: 1000,
                again: sent > 0,
                crashLimit: 3,
                isIdle: isIdle,
                types: [HandledType("greet"), HandledType("sing")]
            )
        }
    }

    // MARK: Attempts end

    private static func retry(_ job: ClaimedJob, _ end: AttemptEnd?) -> ScriptCall {
        { store, _ in
            _ = try await store.retry(
                job,
                after: .seconds(15),
                report: nil,
                error: "no",
                attempt: end,
                maxRetries: 5
            )
        }
    }

    private static let ending: [JobTransition] = [
        JobTransition(name: "finish") { queue in
            try await queue.enqueue("suspect")
            _ = try await queue.claim()
            try await queue.bury([try queue.id("suspect")], alone: false)
            var jobs = try await queue.claim(isIdle: true).jobs
            try await queue.enqueue("a")
            try await queue.enqueue("fleeting", JobOptions(retention: .zero, object: "disk/1"))
            try await queue.enqueue("bad", JobOptions(retention: .seconds(50)))
            jobs += try await queue.claim(9, worker: "bob").jobs
            let endings = jobs.map { job in
                job.id.local == "bad"
                    ? JobEnding(job, .error, report: nil, error: "no", attempt: AttemptEnd(job, .failed, worker: "ada"))
                    : JobEnding(job, .successful, report: nil)
            }
            return { store, _ in _ = try await store.finish(endings, queue: queue.name) }
        },
        JobTransition(name: "retry") { queue in
            let job = try await running(queue)
            let end = AttemptEnd(job, .failed, worker: "ada")
            return retry(job, end)
        },
        JobTransition(name: "retry of a job that is to be cancelled") { queue in
            let job = try await running(queue)
            _ = try await queue.operating.cancel(job.id)
            return retry(job, nil)
        },
        JobTransition(name: "snooze") { queue in
            let job = try await running(queue)
            return { store, _ in _ = try await store.snooze(job, for: .seconds(9)) }
        },
        JobTransition(name: "release") { queue in
            for id in ["a", "b"] { try await queue.enqueue(id, JobOptions(priority: 3)) }
            try await queue.enqueue("c", holding)
            let jobs = try await queue.claim(3).jobs
            _ = try await queue.operating.cancel(jobs[1].id)
            return { store, _ in _ = try await store.release(jobs, queue: queue.name, worker: "ada") }
        },
        JobTransition(name: "disclaim") { queue in
            for id in ["a", "b"] { try await queue.enqueue(id, JobOptions(priority: 3)) }
            try await queue.enqueue("c", holding)
            let jobs = try await queue.claim(3, number: 7).jobs
            _ = try await queue.operating.cancel(jobs[1].id)
            return { store, _ in
                for answer in await store.disclaim([(queue.name, 7)], worker: "ada") { _ = try answer.jobs.get() }
            }
        },
        JobTransition(name: "bury of two") { queue in
            for id in ["a", "b"] { try await queue.enqueue(id, JobOptions(maxRetries: 0)) }
            _ = try await queue.claim(2)
            return bury(["a", "b"], alone: false)
        },
        JobTransition(name: "bury of one") { queue in
            try await queue.enqueue("a", holding)
            _ = try await queue.claim()
            return bury(["a"], alone: true)
        },
        JobTransition(name: "bury of one that has no attempt left") { queue in
            try await queue.enqueue("a", JobOptions(maxRetries: 0))
            _ = try await queue.claim()
            return bury(["a"], alone: true)
        },
    ]

    private static func bury(_ ids: [String], alone: Bool) -> ScriptCall {
        { store, _ in
            let ids = try ids.map { try JobID(queue: queue, local: $0) }
            let death = ProcessDeath.signal("SIGSEGV")
            _ = try await store.bury(
                ids,
                queue: queue,
                worker: "ada",
                death: death,
                alone: alone,
                crashLimit: 3
            )
        }
    }
}
