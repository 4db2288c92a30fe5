import Logging
import Martlet
import MartletScripts
import MartletTesting
import MartletWorker
import RedisClient
import ServiceLifecycle
import ProcessSupervision

/// A private server and clients on it, for one test: each as the user whose part it is.
struct TestBed: Sendable {
    let server: RedisServer
    /// A producer's.
    let jobs: JobClient
    /// A worker's.
    let working: JobClient
    private let operating: JobClient
    /// As the default user, who may do everything.
    fileprivate let any: JobClient

    fileprivate init(_ server: RedisServer, client: (Role?) throws -> JobClient) rethrows {
        self.server = server
        jobs = try client(.producer)
        working = try client(.worker)
        operating = try client(.operator)
        any = try client(nil)
    }

    var inspector: Inspector { operating.inspector }
    var redis: RedisClient { any.store.redis }
    var keys: Keys { any.store.keys }

    /// Closes its clients behind `body`.
    fileprivate func closed(after body: (TestBed) async throws -> Void) async throws {
        func close() async {
            for client in [jobs, working, operating, any] { await client.close() }
        }
        do {
            try await body(self)
        } catch {
            await close()
            throw error
        }
        await close()
    }

    func record(_ id: JobID) async throws -> JobRecord {
        guard let record = try await inspector.job(id) else {
            throw Mishap("there is no job \(id)")
        }
        return record
    }

    /// Waits until the job is in the state, and gives its record.
    @discardableResult
    func wait(for id: JobID, _ state: JobState, within limit: Duration = .seconds(180)) async throws -> JobRecord {
        try await eventually("\(id) is \(state)", within: limit) { try await record(id).state == state }
        return try await record(id)
    }

    /// Waits until the job has finished, and gives its record.
    @discardableResult
    func finished(_ id: JobID, within limit: Duration = .seconds(180)) async throws -> JobRecord {
        try await eventually("\(id) has finished", within: limit) { try await record(id).state.isFinished }
        return try await record(id)
    }

    /// Waits until so many jobs of the queue are in the state.
    func wait(
        for count: Int,
        _ state: JobState,
        queue: String = "default",
        within limit: Duration = .seconds(180)
    ) async throws {
        try await eventually("\(count) jobs are \(state)", within: limit) {
            try await inspector.counts(queue: queue)[state] == count
        }
    }

    /// The whole log of a job.
    func log(_ id: JobID) async throws -> [LogEntry] {
        var entries: [LogEntry] = []
        var next = 0
        while true {
            let page = try await inspector.log(id, from: next)
            guard !page.entries.isEmpty else { return entries }
            entries += page.entries
            next = page.next
        }
    }

    /// Waits until so many workers block on the doorbell: they are idle.
    func idle(_ count: Int) async throws {
        try await eventually("\(count) workers are idle") {
            let clients = try await redis.send(RedisCommand("CLIENT", ["LIST"])).string ?? ""
            let blocked = clients.split(separator: "\n").filter {
                $0.contains("name=martlet-doorbell") && $0.contains("cmd=blpop") && $0.contains("flags=b")
            }
            return blocked.count == count
        }
    }
}

/// Runs `body` with a private server.
func withTestBed(arguments: [String] = [], body: (TestBed) async throws -> Void) async throws {
    try await withRedisServer(arguments: Role.users() + arguments) { server in
        try await TestBed(server) { try .forBed(server, .silent, as: $0) }.closed(after: body)
    }
}

/// The same with a clock that can be moved.
func withClockedBed(body: (TestBed, TestClock) async throws -> Void) async throws {
    try await withRedisServer(arguments: Role.users()) { server in
        let bed = try TestBed(server) { try .forTesting(server, prefix: "martlet", as: $0) }
        try await bed.closed(after: { bed in try await body(bed, try TestClock(of: bed.any)) })
    }
}

extension JobClient {
    /// For a server that counts as an old one, on which what is lost is rescued at once.
    fileprivate static func forBed(_ server: RedisServer, _ logger: Logger, as role: Role?) throws -> JobClient {
        try JobClient(
            RedisClient(RedisConfiguration(url: server.url(as: role)), logger: logger),
            prefix: "martlet",
            library: ScriptLibrary(replacing: ["server_age": TestClock.oldServer]),
            logger: logger
        )
    }
}

/// A worker under test, with a connection of its own.
struct WorkerUnderTest: Sendable {
    let worker: Worker
    let diary: Diary
    fileprivate let group: ServiceGroup

    var id: String { worker.id }

    /// Asks for a graceful shutdown, and returns when the worker claims nothing more.
    func stop() async throws {
        await group.triggerGracefulShutdown()
        try await eventually("the worker stops") { diary.contains("stopping") }
    }
}

extension TestBed {
    /// Runs a worker while `body` runs, and stops it gracefully afterwards.
    ///
    /// When `body` throws it is cancelled.
    @discardableResult
    func working<Result: Sendable>(
        _ handlers: JobHandlers,
        _ configuration: WorkerConfiguration = .quick,
        schedules: Schedules = Schedules(),
        body: (WorkerUnderTest) async throws -> Result
    ) async throws -> Result {
        let diary = Diary()
        let client = try JobClient.forBed(server, diary.logger, as: .worker)
        let worker = try Worker(client, handlers: handlers, schedules: schedules, configuration: configuration)
        let group = ServiceGroup(services: [worker], logger: .silent)
        let result = try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                let result = try await body(WorkerUnderTest(worker: worker, diary: diary, group: group))
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return result
            } catch {
                tasks.cancelAll()
                throw error
            }
        }
        await client.close()
        return result
    }

    /// Runs one job with a handler until it has finished, and gives its record.
    func outcome(
        _ options: JobOptions = .quick,
        _ run: @escaping @Sendable (Note, JobContext) async throws -> Void
    ) async throws -> JobRecord {
        try await working(.note(run)) { _ in
            try await finished(try await jobs.enqueue(Note(), options: options).id)
        }
    }
}

/// The job type of these tests.
struct Note: Job {
    static let jobType = "note"
    var text = ""
    var number = 0
}

extension JobHandlers {
    /// A handler for ``Note`` and nothing else.
    static func note(_ run: @escaping @Sendable (Note, JobContext) async throws -> Void) -> JobHandlers {
        var handlers = JobHandlers()
        handlers.add(Note.self, run)
        return handlers
    }
}

extension JobOptions {
    /// Two retries, a few milliseconds apart.
    static let quick = JobOptions(maxRetries: 2, backoff: .milliseconds(4), maxBackoff: .milliseconds(20))
}

extension WorkerConfiguration {
    /// The defaults, but for a short grace: a test that fails is not to wait for it.
    static var quick: WorkerConfiguration { WorkerConfiguration(shutdownGrace: .seconds(3)) }

    static func places(_ concurrency: Int) -> WorkerConfiguration {
        WorkerConfiguration(concurrency: concurrency, shutdownGrace: .seconds(3))
    }

    /// One that looks by itself after twenty minutes only: what happens within a test has woken it.
    static func woken(_ concurrency: Int = 10) -> WorkerConfiguration {
        var configuration = WorkerConfiguration.places(concurrency)
        configuration.lease = .seconds(3600)
        configuration.longestWait = .seconds(1200)
        return configuration
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() } }
}

/// An error as handlers throw them.
struct Mishap: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
