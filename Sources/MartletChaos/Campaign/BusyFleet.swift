internal import Foundation
internal import Logging
internal import Martlet
internal import MartletScripts
internal import MartletTesting
internal import ProcessSupervision
internal import RedisClient

/// Fleets whose workers are full with long jobs, each of which loses the one that ran an urgent job: that job has to
/// run again within the lease and the longest job, however long the others' backlog is.
struct BusyFleet: Sendable {
    let lease: Duration
    /// How long each job of the backlog runs.
    var longest = Duration.seconds(20)
    var fleets = 20
    var others = 3
    /// What a claim, a look and a loaded machine may add.
    private static let slack = Duration.seconds(2)

    /// - Returns: whether all were in time.
    func run() async throws -> Bool {
        let limit = lease + longest + Self.slack
        let waits = try await withThrowingTaskGroup(of: Duration?.self) { group in
            for _ in 0..<fleets { group.addTask { try await loseOne(within: limit) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let inTime = waits.compactMap(\.self).sorted()
        let isGood = inTime.count == fleets
        print(
            "busy, lease \(lease): \(inTime.count) of \(fleets) jobs ran again within \(limit), "
                + "the last after \(inTime.last.map { "\($0)" } ?? "nothing")"
        )
        return isGood
    }

    /// - Returns: how long after the kill the job ran again; nil when it did not in time.
    private func loseOne(within limit: Duration) async throws -> Duration? {
        let folder =
            FileManager.default.temporaryDirectory.path
            + "/martlet-chaos-busy-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let result = await result { try await loseOne(in: folder, within: limit) }
        try FileManager.default.removeItem(atPath: folder)
        return try result.get()
    }

    private func loseOne(in folder: String, within limit: Duration) async throws -> Duration? {
        try await withRedisServer { server in
            let fleet = Fleet(
                .init(folder: folder, url: server.url, lease: lease, concurrency: 1, mutant: nil),
                history: try HistoryFile(path: folder + "/harness.jsonl")
            )
            let silent = Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() }
            let client = try JobClient(
                RedisClient(try RedisConfiguration(url: server.url), logger: silent),
                prefix: ChaosClient.prefix,
                library: ScriptLibrary(),
                logger: silent
            )
            let result = await result { try await loseOne(of: fleet, client: client, within: limit) }
            fleet.killAll()  // none of them has anything left to do
            await client.close()
            return try result.get()
        }
    }

    /// The result of a body, for a caller that has to clear away in any case.
    private func result(_ body: () async throws -> Duration?) async -> Result<Duration?, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    private func loseOne(of fleet: Fleet, client: JobClient, within limit: Duration) async throws -> Duration? {
        func sleeper(_ id: String, _ length: Duration, priority: Int = 0) throws -> NewJob {
            let job = ChaosJob(kind: .sleep, milliseconds: Int(length.milliseconds))
            let options = JobOptions(queue: ChaosClient.queue, priority: priority, timeLimit: .seconds(7200))
            return try NewJob(job, id: id, options: options, start: .now)
        }
        let urgent = try JobID(queue: ChaosClient.queue, local: "urgent")
        _ = try await client.enqueue([sleeper("urgent", .seconds(3600), priority: 90)])
        try fleet.start(0)
        try await eventually("the urgent job runs") { try await client.inspector.job(urgent)?.state == .running }
        let dead = try await client.inspector.job(urgent)?.worker
        let backlog = others * Int((limit * 3) / longest + 1)
        for number in 0..<backlog {
            // A little apart, so that places become free one after the other.
            let length = longest - .milliseconds(Int64(number % others) * 300)
            _ = try await client.enqueue([sleeper("long-\(number)", length)])
        }
        for place in 1...others { try fleet.start(place) }
        try await eventually("all places are taken") {
            try await client.inspector.counts(queue: ChaosClient.queue)[.running] == others + 1
        }
        try fleet.kill(0, replacing: false)
        let killed = ContinuousClock.now
        while ContinuousClock.now - killed < limit {
            if let job = try await client.inspector.job(urgent), job.state == .running, job.worker != dead {
                return ContinuousClock.now - killed
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }
}
