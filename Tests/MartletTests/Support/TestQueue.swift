import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Synchronization
import Testing
import ProcessSupervision

/// A queue under a prefix of its own, whose clock stands still until the test moves it.
///
/// Each transition is run by the user whose role has it.
final class TestQueue: Sendable {
    /// The client of the default user, who may do everything.
    let client: JobClient
    private let producer: JobClient
    private let worker: JobClient
    private let `operator`: JobClient
    private let viewer: JobClient
    let clock: TestClock
    let name = "mail"
    private let claims = Mutex(0)

    var store: JobStore { client.store }
    /// The text that every key of the queue begins with.
    var root: String { store.keys.queue(name) }

    /// Makes a queue on a server that was started with ``Role/users(prefix:)`` for `test-*`.
    init(_ server: RedisServer) throws {
        let client = try JobClient.forTesting(server)
        self.client = client
        clock = try TestClock(of: client)
        let prefix = client.store.keys.prefix
        producer = try .forTesting(server, prefix: prefix, as: .producer)
        worker = try .forTesting(server, prefix: prefix, as: .worker)
        `operator` = try .forTesting(server, prefix: prefix, as: .operator)
        viewer = try .forTesting(server, prefix: prefix, as: .viewer)
    }

    func client(as role: Role) -> JobClient {
        switch role {
        case .producer: producer
        case .worker: worker
        case .operator: `operator`
        case .viewer: viewer
        }
    }
    /// The store of the user that is a worker.
    var working: JobStore { worker.store }
    /// The store of the user that is an operator.
    var operating: JobStore { `operator`.store }
    var inspector: Inspector { `operator`.inspector }

    func close() async {
        for client in [client, producer, worker, `operator`, viewer] { await client.close() }
    }

    func id(_ local: String) throws -> JobID { try JobID(queue: name, local: local) }

    // MARK: The transitions, with what most tests do not care about filled in

    @discardableResult
    func enqueue(
        _ id: String? = nil,
        type: String = "greet",
        json: String = "{}",
        _ options: JobOptions = JobOptions(),
        start: JobStart = .now
    ) async throws -> JobID {
        var options = options
        options.queue = name
        let job = try NewJob(type: type, json: json, id: id, options: options, start: start)
        _ = try await client(as: .producer).store.enqueue([job], queue: name, payloadLimit: 1000)
        return job.id
    }

    /// Claims jobs.
    ///
    /// With `lull` the queue saw no claim since the last one of the test, as if Redis had been away; without it, it is
    /// as if other workers had claimed all the while.
    func claim(
        _ limit: Int = 1,
        worker: String = "ada",
        lease: Duration = .seconds(30),
        number: Int? = nil,
        again: Bool = false,
        types: [String] = ["greet"],
        handled: [HandledType] = [],
        crashLimit: Int = 3,
        isIdle: Bool = false,
        hasStuck: Bool = false,
        lull: Bool = false
    ) async throws -> Claim {
        if !lull { _ = try await send("DEL", "\(root):pulse") }
        let next = claims.withLock { claims in
            claims += 1
            return claims
        }
        return try await working.claim(
            queue: name,
            worker: worker,
            limit: limit,
            lease: lease,
            number: number ?? next,
            again: again,
            crashLimit: crashLimit,
            isIdle: isIdle,
            hasStuck: hasStuck,
            types: types.map { HandledType($0) } + handled
        )
    }

    /// Claims one job; fails when there is none.
    func claimOne(worker: String = "ada", lease: Duration = .seconds(30)) async throws -> ClaimedJob {
        try #require(try await claim(worker: worker, lease: lease).jobs.first)
    }

    /// Makes a job that a worker holds under a lease that has not run out.
    func running(_ options: JobOptions = JobOptions()) async throws -> ClaimedJob {
        try await enqueue(nil, options)
        return try await claimOne()
    }

    /// Makes the lease of a worker that lost its job to another, which runs it now.
    func stale() async throws -> ClaimedJob {
        let old = try await running(JobOptions(object: "disk/1"))
        try await clock.advance(by: .seconds(31))
        let new = try await claimOne(worker: "bob")
        #expect(new.id == old.id)
        return old
    }

    func finish(
        _ job: ClaimedJob,
        _ outcome: JobEnding.Outcome = .successful,
        report: SelfReport? = nil,
        error: String = ""
    ) async throws -> LeaseReply {
        try await working.finish([JobEnding(job, outcome, report: report, error: error)], queue: name)[0]
    }

    func release(_ jobs: ClaimedJob...) async throws -> [LeaseReply] {
        try await release(jobs)
    }

    func release(_ jobs: [ClaimedJob]) async throws -> [LeaseReply] {
        try await working.release(jobs, queue: name, worker: "ada")
    }

    func retry(
        _ job: ClaimedJob,
        after delay: Duration = .seconds(15),
        report: SelfReport? = nil,
        error: String = "no route",
        attempt: AttemptEnd? = nil
    ) async throws -> LeaseReply {
        try await working.retry(
            job,
            after: delay,
            report: report,
            error: error,
            attempt: attempt,
            maxRetries: 5
        )
    }

    func extend(_ jobs: ClaimedJob..., lease: Duration = .seconds(30)) async throws -> [LeaseState] {
        let store = working
        return try await withCheckedContinuation { continuation in
            store.extend(jobs.map { ($0.id.local, $0.token) }, queue: name, lease: lease) {
                continuation.resume(returning: $0)
            }
        }.get()
    }

    func log(
        _ job: ClaimedJob,
        _ lines: [String],
        first: Int = 0,
        lost: Int = 0,
        progress: String = "",
        limits: LogLimits = LogLimits()
    ) async throws -> Bool {
        let lines = lines.map { Array($0.utf8) }
        let store = working
        return try await withCheckedContinuation { continuation in
            store.log(job, lines: lines, first: first, lost: lost, progress: progress, limits: limits) {
                continuation.resume(returning: $0)
            }
        }.get()
    }

    func prune(
        limit: Int = 100,
        successful: Duration = .seconds(1_000_000),
        others: Duration = .seconds(1_000_000),
        maxJobs: Int = 1_000_000
    ) async throws -> Int {
        try await working.prune(queue: name, limit: limit, successful: successful, others: others, maxJobs: maxJobs)
    }

    /// Runs a script with arguments that no method would give to it.
    func run(_ name: ScriptName, _ arguments: [RedisArgument]) async throws -> [RedisValue] {
        let role = try #require(Role.allCases.first { $0.scripts.contains(name) })
        let store = client(as: role).store
        let reply = try await store.redis.evaluate(store.script(name), keys: [root], arguments: arguments)
        return try #require(reply.array)
    }
}

/// Runs a test on a queue of its own, and checks at the end that the queue is consistent.
func withQueue(
    sourceLocation: SourceLocation = #_sourceLocation,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (TestQueue) async throws -> Void
) async throws {
    let queue = try TestQueue(try #require(PrivateRedis.server))
    do {
        try await queue.clock.stop()
        try await body(queue)
        try await expectConsistent(queue, sourceLocation: sourceLocation)
        await queue.close()
    } catch {
        await queue.close()
        throw error
    }
}
