import Foundation
import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

/// Schedules under a prefix of their own, whose clock stands still at 2026-11-23 12:00:00 UTC until the test moves it.
struct TestSchedules: Sendable {
    /// The time 2026-11-23T12:00:00Z in milliseconds since 1970.
    static let noon = 1_795_435_200_000
    /// The time that is this many milliseconds after noon.
    static func time(_ offset: Int) -> Date { Date(milliseconds: Int64(noon + offset)) }
    static let lease = Duration.seconds(10)

    let queue: TestQueue

    var client: JobClient { queue.client }
    var store: JobStore { queue.store }
    var working: JobStore { queue.working }
    var operating: JobStore { queue.operating }
    var clock: TestClock { queue.clock }
    var inspector: Inspector { queue.inspector }

    func make(
        _ name: String = "tick",
        _ cron: String = "* * * * * *",
        zone: String = "UTC",
        options: JobOptions = JobOptions(),
        splay: Duration = .zero,
        catchUp: CatchUp = .latest,
        overlap: Overlap = .allow
    ) throws -> Schedule {
        var options = options
        options.queue = options.queue ?? queue.name
        return try Schedule(
            name,
            cron: cron,
            zone: zone,
            type: "greet",
            json: "{}",
            options: options,
            splay: splay,
            catchUp: catchUp,
            overlap: overlap
        )
    }

    /// Makes a schedule as an operator does.
    func set(_ schedule: Schedule) async throws {
        #expect(try await operating.set(schedule, revision: nil) == nil)
    }

    /// Makes a worker the leader and returns its term.
    @discardableResult
    func lead(_ worker: String = "ada") async throws -> Int {
        guard case .leading(let term, _) = try await working.lead(worker, lease: Self.lease) else {
            throw ConditionFailed("\(worker) is not elected")
        }
        return term
    }

    /// Reads and decides what a leader would fire now.
    func plan(limit: Int = 500) async throws -> [Firing] {
        let work = try await working.due(limit: limit)
        let read = try await working.read(work.schedules.map(\.name))
        let states = try await working.states(of: work.schedules.flatMap(\.open))
        return try work.schedules.map { due in
            let schedule = try #require(read[due.name]).schedule.get()
            let plan = SlotPlan(schedule, slot: due.slot, since: due.since, lastSlot: due.lastSlot, now: work.now)
            return Firing(
                due,
                .slots(
                    plan,
                    jobs: try plan.slots.filter(\.isFired).map { try PendingJob(schedule, slot: $0.slot) },
                    offset: schedule.offsetMilliseconds
                ),
                finished: due.open.filter { (states[$0] ?? nil)?.isFinished ?? true }
            )
        }
    }

    func fire(_ firings: [Firing], _ worker: String = "ada", term: Int) async throws -> FireReply {
        try await working.fire(firings, leader: worker, term: term)
    }

    /// Does what a leader does until nothing is due: plan, fire, deliver.
    func work(_ worker: String = "ada") async throws {
        let term = try await lead(worker)
        while true {
            let firings = try await plan()
            if firings.isEmpty { return }
            guard case .decided = try await fire(firings, worker, term: term) else {
                throw ConditionFailed("\(worker) was deposed")
            }
            let rest = try await deliver()
            #expect(rest.jobs.isEmpty)
        }
    }

    @discardableResult
    func deliver() async throws -> Delivery.Rest { try await Delivery(working).run() }

    /// Says that the program of the tests still declares schedules, each as it is now.
    func redeclare(_ names: String..., started: Int = 0) async throws -> [String] {
        var revisions: [String: String] = [:]
        for name in names { revisions[name] = try await fields(name)["revision"] ?? "" }
        return try await working.redeclare(revisions, by: DeclaringProgram(id: "test", started: started))
    }

    /// Reads the ledger, the oldest line first.
    func ledger(_ name: String = "tick") async throws -> [SlotEntry] {
        var entries: [SlotEntry] = []
        while true {
            let page = try await inspector.slots(of: name, offset: entries.count, limit: 500)
            if page.isEmpty { return entries.reversed() }
            entries += page
        }
    }

    /// Reads the ledger as `fired 5`: the kind, and the slot in seconds after noon.
    func story(_ name: String = "tick") async throws -> [String] {
        try await ledger(name).map { entry in
            let slot = entry.slot.map { " \((Int($0.milliseconds) - Self.noon) / 1000)" } ?? ""
            let until =
                entry.until.map { $0 == entry.slot ? "" : "-\((Int($0.milliseconds) - Self.noon) / 1000)" } ?? ""
            return "\(entry.kind.rawValue)\(slot)\(until)"
        }
    }

    /// Reads the ids of the jobs of a schedule that are in the queue.
    func jobs(_ name: String = "tick") async throws -> [String] {
        let reply = try await queue.send("ZRANGE", store.keys.fired(by: name, to: queue.name), "0", "-1")
        return try #require(reply.array).compactMap(\.string)
    }

    /// Claims every job that waits and finishes it.
    func finishAll() async throws {
        for job in try await queue.claim(1000).jobs { _ = try await queue.finish(job) }
    }

    func pending() async throws -> Int {
        try #require(try await queue.send("LLEN", store.keys.pending).int)
    }

    func fields(_ name: String = "tick") async throws -> [String: String] {
        try await queue.send("HGETALL", store.keys.schedule(name)).pairs
    }

    /// Runs a script with arguments that no method would give to it.
    func run(_ name: ScriptName, _ arguments: [RedisArgument]) async throws -> [String] {
        let role = try #require(Role.allCases.first { $0.scripts.contains(name) })
        let redis = queue.client(as: role).store.redis
        let reply = try await redis.evaluate(
            store.script(name),
            keys: [store.keys.scheduler],
            arguments: arguments
        )
        return try #require(reply.array).map { $0.string ?? "" }
    }
}

struct ConditionFailed: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Runs a test on schedules of its own, and checks at the end that they and the queue are consistent.
func withSchedules(
    sourceLocation: SourceLocation = #_sourceLocation,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (TestSchedules) async throws -> Void
) async throws {
    try await withQueue(sourceLocation: sourceLocation) { queue in
        try await queue.clock.set(to: Date(timeIntervalSince1970: Double(TestSchedules.noon) / 1000))
        try await body(TestSchedules(queue: queue))
    }
}
