internal import Foundation
internal import Logging
internal import Martlet
internal import MartletTesting
internal import RedisClient
internal import Synchronization
internal import ProcessSupervision

/// One run: a Redis, workers, load and faults; then the queue is drained and the oracle asked.
struct Campaign: Sendable {
    let profile: Profile
    let seed: UInt64
    var mutant: Mutant?
    /// Break off here, once, instead of the profile's plan.
    var point: FaultPoint?
    /// How long nothing may move before the queue counts as stuck.
    var patience = Duration.seconds(20)
    /// The clock of the server, where the profile moves it.
    var clock: ClockShim?
    var keepsFolder = false
    /// Also when there were violations.
    var leavesNothing = false
    /// Says how it goes; nil for runs that are many.
    var progress: (@Sendable (String) -> Void)?

    struct Result: Sendable {
        var violations: [Violation] = []
        var figures = Figures()
        /// Where histories, journal and the workers' output are, if they were kept.
        var folder: String?
    }

    func run() async throws -> Result {
        let folder = try makeFolder()
        // What it acknowledged is on its disk: with everysec a busy disk would lose jobs, and the loss would not be
        // ours.
        let server = try await RedisServer.start(
            arguments: [
                "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-min-size", "32mb",
                "--user", Site.user, "on", "nopass", "~*", "&*", "+@all",
            ],
            directory: folder + "/data"
        )
        do {
            var result = try await run(on: server, in: folder)
            await server.stop()
            if leavesNothing || !keepsFolder && result.violations.isEmpty {
                try FileManager.default.removeItem(atPath: folder)
            } else {
                result.folder = folder
            }
            return result
        } catch {
            await server.stop()
            if leavesNothing { try FileManager.default.removeItem(atPath: folder) }
            throw error
        }
    }

    private func run(on server: RedisServer, in folder: String) async throws -> Result {
        let site = try await Site(self, server, folder)
        do {
            let result = try await run(at: site)
            await site.close()
            return result
        } catch {
            await site.close()
            throw error
        }
    }

    private func run(at site: Site) async throws -> Result {
        let started = ContinuousClock.now
        var result = Result()
        let baseline = try await warmUp(site)
        let clockwork = Clockwork(count: profile.schedules, isTimed: point == nil, site: site)
        try await clockwork.start()
        if let point {
            result.violations += try await PointVisit(point: point, site: site, lease: profile.lease).run()
            // Whoever broke off may have left it paused.
            _ = try await site.client.inspector.resume(queue: ChaosClient.queue, by: Operator("harness"))
        } else {
            try await disturb(site)
        }
        site.proxy.calmDown()
        // Ahead of every time that was written down, so that all of it is past when it is to be deleted.
        try clock?.set(FaultPlan.longestStep)
        let calm = ContinuousClock.now
        try await clockwork.stop()
        result.violations += try await drain(site)
        result.figures.drain = ContinuousClock.now - calm
        result.violations += try await site.fleet.stop()
        let evidence = try await collect(site)
        result.violations += evidence.violations()
        result.violations += try await site.client.inspector.verify(queue: ChaosClient.queue).findings.map {
            Violation(.indexesAgree, $0.id?.local ?? $0.shown, "the product's own check says: \($0.wrong)")
        }
        let slots = try await clockwork.check(evidence.stories)
        result.violations += slots.violations
        result.figures.note(slots)
        result.violations += try await Refusals.check(site.client, on: site.redis)
        result.violations += try await Emptying.check(
            site.client,
            baseline: baseline.union(clockwork.traces)
        )
        result.figures.note(evidence, profile: profile, proxy: site.proxy.figures)
        result.violations += result.figures.violations(profile)
        result.figures.wall = ContinuousClock.now - started
        return result
    }

    /// Starts the workers and has them run one job in peace.
    /// - Returns: the keys without an end that there are when nothing is left of it.
    private func warmUp(_ site: Site) async throws -> Set<String> {
        for place in 0..<profile.workers { try site.fleet.start(place) }
        let job = try NewJob(ChaosJob(kind: .plain), id: "warm", options: JobOptions(queue: ChaosClient.queue))
        _ = try await site.client.enqueue([job])
        if let reason = try await drain(site).first {
            throw ChaosError("the workers do not work even in peace: \(reason); see \(site.historyFolder)")
        }
        _ = try await Emptying.empty(site.client)
        return try await Snapshot.read(site.client.store).lasting
    }

    /// Load and faults, until both are through.
    private func disturb(_ site: Site) async throws {
        let plan = FaultPlan(profile, seed: seed)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await withThrowingTaskGroup(of: Void.self) { inner in
                    inner.addTask { try await Producer(client: site.producer, profile: profile, seed: seed).run() }
                    inner.addTask { try await FaultDriver(plan: plan, site: site).run() }
                    try await inner.waitForAll()
                }
                return true
            }
            group.addTask {
                try await repeatedly(.milliseconds(200)) { try site.journal.collect() }
                return false
            }
            group.addTask {
                let began = ContinuousClock.now
                try await repeatedly(.seconds(5)) { await report(site, ContinuousClock.now - began) }
                return false
            }
            for try await isThrough in group where isThrough { group.cancelAll() }
        }
    }

    /// Until the task is cancelled.
    private func repeatedly(_ period: Duration, _ body: () async throws -> Void) async throws {
        while !Task.isCancelled {
            try await body()
            do {
                try await Task.sleep(for: period)
            } catch is CancellationError {
                return
            }
        }
    }

    /// Waits until nothing waits or runs any more.
    private func drain(_ site: Site) async throws -> [Violation] {
        let inspector = site.client.inspector
        var left = Int.max
        var deadline = ContinuousClock.now + patience
        var quiet = 0
        var counts: [JobState: Int] = [:]
        while quiet < 2 {
            counts = try await inspector.counts(queue: ChaosClient.queue)
            let present = JobState.allCases.filter { !$0.isFinished }.reduce(0) { $0 + counts[$1, default: 0] }
            quiet = present == 0 ? quiet + 1 : 0
            if present < left {
                left = present
                deadline = .now + patience
            }
            guard ContinuousClock.now < deadline else {
                return [Violation(.drain, "", "nothing moves, and \(present) jobs are left: \(counts)")]
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return []
    }

    private func collect(_ site: Site) async throws -> Oracle {
        try site.journal.collect()
        var stories = Stories()
        try HistoryFile.read(folder: site.historyFolder) { file, event in
            stories.add(event, from: String(file.dropLast(".jsonl".count)))
        }
        var model = ServerModel()
        try site.journal.replay { model.apply($0) }
        return Oracle(
            stories: stories,
            model: model,
            snapshot: try await Snapshot.read(site.client.store),
            isFaultFree: profile.isFaultFree && point == nil,
            judgesSteps: profile.rightsTaken == 0
        )
    }

    private func report(_ site: Site, _ elapsed: Duration) async {
        guard let progress else { return }
        do {
            let counts = try await site.client.inspector.counts(queue: ChaosClient.queue)
            let finished = JobState.allCases.filter(\.isFinished).reduce(0) { $0 + counts[$1, default: 0] }
            let figures = site.proxy.figures
            progress(
                "\(elapsed.components.seconds) s: \(finished) finished, \(counts[.waiting] ?? 0) waiting, "
                    + "\(counts[.running] ?? 0) running, \(figures.dropped) of \(figures.replies) replies dropped"
            )
        } catch {
            progress("\(elapsed.components.seconds) s: Redis is away")
        }
    }

    private func makeFolder() throws -> String {
        let random = String(UInt32.random(in: 0 ... .max), radix: 36)
        let folder = FileManager.default.temporaryDirectory.path + "/martlet-chaos-\(profile.name)-\(seed)-\(random)"
        for part in ["data", "history"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(part)", withIntermediateDirectories: true)
        }
        return folder
    }
}
