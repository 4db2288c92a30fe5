internal import Foundation
internal import Martlet
internal import MartletScripts
internal import RedisClient

/// One worker breaks off at a point, amid jobs of every kind; another has to put it right.
struct PointVisit {
    let point: FaultPoint
    let site: Site
    let lease: Duration

    func run() async throws -> [Violation] {
        try await site.fleet.retire(0)
        try await enqueue()
        if point.script == .repair { try await breakOne() }
        if point.script == .bury { try await haunt() }
        let doomed = try site.fleet.start(0, fault: point)
        if point.action == .die { doomed.expectDeath() }
        if [.release, .resign, .disclaim].contains(point.script) {
            // Only a stop makes a worker give jobs back, and resign; and only one whose claim has no answer disclaims.
            try await Task.sleep(for: .milliseconds(500))
            if point.script == .disclaim {
                _ = try await site.redis.send(RedisCommand("CLIENT", ["PAUSE", "3000"]))
                try await Task.sleep(for: lease)
            }
            doomed.signal(SIGTERM)
        }
        guard try await hasFired(doomed) else {
            try site.fleet.start(1)
            return [
                Violation(.point, "", "\(point) was not reached: give the workload a job that calls \(point.script)")
            ]
        }
        try site.fleet.start(1)
        if point.action == .stop {
            try await Task.sleep(for: lease * 1.5)
            doomed.signal(SIGCONT)
        }
        return []
    }

    /// Jobs of every kind.
    ///
    /// The ones that operate on others come when those have finished, or while they still wait.
    private func enqueue() async throws {
        var random = SeededRandom(seed: 1)
        var new: [NewJob] = []
        func add(_ kind: ChaosJob.Kind, target: String? = nil, start: JobStart? = nil) throws {
            let number = new.count
            var (job, options, at) = ChaosJob.make(kind, number: number, lease: lease, using: &random)
            options.queue = ChaosClient.queue
            job.target = target ?? job.target
            new.append(try NewJob(job, id: "j\(number)", options: options, start: start ?? at))
        }
        try add(.plain, start: .now)
        try add(.plain, start: .after(.milliseconds(2500)))
        for kind in ChaosJob.Kind.allCases {
            switch kind {
            case .restart: try add(kind, target: "j0", start: .after(.milliseconds(400)))
            case .cancel: try add(kind, target: "j1", start: .now)
            case .verify: try add(kind, target: ChaosJob.broken, start: .now)
            case .hold: for _ in 0..<3 { try add(kind, start: .now) }
            default: for _ in 0..<2 { try add(kind, start: .now) }
            }
        }
        _ = try await site.producer.enqueue(new)
    }

    /// Takes a job out of the set that its hash names, as no script would.
    private func breakOne() async throws {
        let options = JobOptions(queue: ChaosClient.queue)
        let job = try NewJob(
            ChaosJob(kind: .plain),
            id: ChaosJob.broken,
            options: options,
            start: .after(.seconds(1))
        )
        _ = try await site.client.enqueue([job])
        let key = site.client.store.keys.state(.scheduled, of: ChaosClient.queue)
        _ = try await site.redis.send(RedisCommand("ZREM", [RedisArgument(key), RedisArgument(ChaosJob.broken)]))
    }

    /// Has a job claimed by a worker that does not exist, for as long as the whole visit takes.
    private func haunt() async throws {
        _ = try await site.client.store.claim(
            queue: ChaosClient.queue,
            worker: ChaosJob.ghost,
            limit: 1,
            lease: .seconds(60),
            number: 1,
            again: false,
            crashLimit: 3,
            isIdle: false,
            types: [HandledType(ChaosJob.jobType)]
        )
    }

    private func hasFired(_ process: WorkerProcess) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(15)
        while ContinuousClock.now < deadline {
            // It is the process that makes the file.
            if FileManager.default.fileExists(atPath: process.historyPath),
                try String(contentsOfFile: process.historyPath, encoding: .utf8).contains("\"e\":\"fired\"")
            {
                return true
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }
}
