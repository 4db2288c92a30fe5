import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// Workers and producers of the release before share one Redis with those of this one while a deploy rolls.
    @Suite struct PreviousReleaseTests {
        @Test(arguments: [1, 2, UInt64.random(in: 0 ... .max)])
        func `jobs go from one release to the other and back, and none is lost or left half-written`(
            seed: UInt64
        ) async throws {
            try await withQueue { queue in
                var random = SplitMix64(seed: seed)
                var deploy = Deploy(queue)
                for step in 1...800 {
                    try await deploy.step(&random)
                    if step % 40 == 0 { try await expectConsistent(queue, "seed \(seed), step \(step)") }
                }
                try await deploy.drain()
                #expect(try await queue.inspector.verify(queue: queue.name).findings.isEmpty, "seed \(seed)")
                for id in deploy.enqueued {
                    let state = try await queue.inspector.job(try queue.id(id))?.state
                    #expect(state?.isFinished == true, "seed \(seed): \(id) is \(state.map { "\($0)" } ?? "gone")")
                }
            }
        }
    }
}

extension RedisTests.PreviousReleaseTests {
    @Test(arguments: ["finish", "retry", "snooze", "release", "nothing"])
    func `a worker of the release before runs a job with a deadline as any other, and the next claims mend the list`(
        end: String
    ) async throws {
        try await withQueue { queue in
            let id = try await queue.enqueue("a", JobOptions(deadline: .after(.seconds(60))))
            func run(_ name: String, _ arguments: [String]) async throws -> [RedisValue] {
                try await PreviousRelease.run(name, on: queue.root, arguments, queue)
            }
            let reply = try await run("claim", ["old", "1", "30000", "1", "0", "3", "0", "greet"])
            let fields = try #require(reply.last?.array).compactMap(\.string)
            let token = fields[fields.count - 3]
            switch end {
            case "finish": _ = try await run("finish", ["a", token, "successful", "", "", "", "", "greet 5 5"])
            case "retry": _ = try await run("retry", ["a", token, "2000", "", "no route", "", "2", "greet 5 5"])
            case "snooze": _ = try await run("snooze", ["a", token, "2000"])
            case "release":
                let ended = #"{"attempt":1,"end":"released","started_at":1,"worker":"old"}"#
                _ = try await run("release", ["a", token, ended])
            default: break
            }
            try await queue.clock.advance(by: .seconds(61))
            try await queue.enqueue("b")
            #expect(try await queue.claim(9).jobs.map(\.id.local) == ["b"])
            let state = try await queue.hash(id)["state"]
            #expect(state == ["finish": "successful", "retry": "error"][end, default: "cancelled"])
            #expect(try await queue.deadlines().isEmpty)
        }
    }
}

/// A fleet of which one half has the scripts of the release before, as they stand in
/// `Tests/MartletTests/PreviousRelease`.
private struct Deploy {
    private struct Lease {
        let id: String
        let token: String
    }
    let queue: TestQueue
    private(set) var enqueued: [String] = []
    private var old: [Lease] = []
    private var new: [ClaimedJob] = []
    private var claims = 0
    private static let attempt = #"{"attempt":1,"end":"failed","started_at":1,"worker":"old","error":"no route"}"#

    init(_ queue: TestQueue) { self.queue = queue }

    mutating func step(_ random: inout SplitMix64) async throws {
        let isOld = Bool.random(using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25:
            let id = "job-\(enqueued.count)"
            enqueued.append(id)
            if isOld {
                let options = Bool.random(using: &random) ? #"{"delay_ms":3000,"object":"disk/1"}"# : #"{"priority":5}"#
                try await run("enqueue", ["1000", id, "greet", "{}", options])
            } else {
                try await queue.enqueue(id, JobOptions(maxRetries: 2, object: "disk/1"))
            }
        case 25..<50:
            if isOld {
                try await claim(Int.random(in: 1...3, using: &random))
            } else {
                new += try await queue.claim(Int.random(in: 1...3, using: &random), worker: "new").jobs
            }
        case 50..<75: if isOld { try await endOld(&random) } else { try await endNew(&random) }
        case 75..<80: if isOld { try await extendOld() } else { _ = try await extendNew() }
        case 80..<85:
            guard let id = enqueued.randomElement(using: &random) else { return }
            if isOld {
                try await run("cancel", [id])
            } else {
                _ = try await queue.inspector.cancel(queue.id(id), by: Operator("ada"))
            }
        case 85..<90:
            guard let id = enqueued.randomElement(using: &random) else { return }
            if isOld {
                try await run("restart", [id])
            } else {
                _ = try? await queue.inspector.restart(queue.id(id), by: Operator("ada"))
            }
        default: try await queue.clock.advance(by: .seconds(Int.random(in: 1...12, using: &random)))
        }
    }

    /// Has this release end all that is there, the other one being gone.
    mutating func drain() async throws {
        old = []
        new = []
        for _ in 0..<2000 {
            try await queue.clock.advance(by: .seconds(31))
            let jobs = try await queue.claim(100, worker: "last", isIdle: true).jobs
            for job in jobs { _ = try await queue.finish(job) }
            let counts = try await queue.inspector.counts(queue: queue.name)
            if counts.filter({ !$0.key.isFinished }).values.reduce(0, +) == 0 { return }
        }
        Issue.record("the queue did not drain")
    }

    private mutating func claim(_ limit: Int) async throws {
        claims += 1
        _ = try await queue.send("DEL", "\(queue.root):pulse")  // as if others had claimed all the while
        let reply = try await run("claim", ["old", "\(limit)", "30000", "\(claims)", "0", "3", "0", "greet"])
        for job in reply.dropFirst(5).compactMap(\.array) {
            let fields = job.compactMap(\.string)
            guard let id = fields.last, fields.count > 3 else { continue }
            old.append(Lease(id: id, token: fields[fields.count - 3]))
        }
    }

    private mutating func endOld(_ random: inout SplitMix64) async throws {
        guard !old.isEmpty else { return }
        let lease = old.remove(at: Int.random(in: 0..<old.count, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0..<2: try await run("finish", [lease.id, lease.token, "successful", "", "", "", "", "greet 5 5"])
        case 2:
            try await run(
                "retry",
                [lease.id, lease.token, "2000", "", "no route", Self.attempt, "2", "greet 5 5"]
            )
        case 3: try await run("snooze", [lease.id, lease.token, "2000"])
        case 4: try await run("release", [lease.id, lease.token, Self.attempt])
        default: break  // its worker died
        }
    }

    private mutating func endNew(_ random: inout SplitMix64) async throws {
        guard !new.isEmpty else { return }
        let job = new.remove(at: Int.random(in: 0..<new.count, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0..<2: _ = try await queue.finish(job)
        case 2: _ = try await queue.retry(job)
        case 3: _ = try await queue.working.snooze(job, for: .seconds(2))
        case 4: _ = try await queue.release(job)
        default: break
        }
    }

    private func extendOld() async throws {
        guard !old.isEmpty else { return }
        try await run("extend", ["30000"] + old.flatMap { [$0.id, $0.token] })
    }

    private func extendNew() async throws {
        for job in new { _ = try await queue.extend(job) }
    }

    @discardableResult
    private func run(_ name: String, _ arguments: [String]) async throws -> [RedisValue] {
        try await PreviousRelease.run(name, on: queue.root, arguments, queue)
    }
}
