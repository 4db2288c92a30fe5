internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import RedisClient

/// A process that makes calls, one after the other or several at once, as a program without other work does.
///
/// It says in Redis what that took: see ``CallerProcess``.
struct CallerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "caller", shouldDisplay: false)

    enum Kind: String, ExpressibleByArgument {
        /// PING.
        case pings
        /// The script that enqueues, with arguments that are ready.
        case scripts
        /// A job.
        case jobs
        /// A job, from the main actor, as code at the top of a program does.
        case main
        /// A job that was encoded before.
        case encoded
        /// A job that says how long it waited, 2 to 10 ms after the last.
        case probes
        /// Every ten milliseconds as many jobs as `--batch` says, and a job that says how long it waited.
        case load
    }

    /// What the calls took.
    struct Spent: Codable {
        /// Wall time of all calls, in seconds.
        var seconds: Double
        /// CPU time of the process, in seconds.
        var cpuSeconds: Double
        /// Context switches of all threads of the process.
        var switches: Double
    }

    @Option var redis: String
    @Option var kind: Kind
    /// The jobs of all calls.
    @Option var count: Int
    /// The calls at once.
    @Option var callers = 1
    /// The jobs of a call.
    @Option var batch = 1

    /// The list that gets what the calls took.
    static let spent = "bench:spent"
    /// Calls that come before, so that the connection is made and code and data are warm.
    private static let warmUp = 200

    func run() async throws {
        OwnProcess.endWithParent()
        let client = try JobClient(redis: redis, logger: BenchServer.logger)
        let jobs = (0..<batch).map { NoOp($0) }
        let encoded = kind == .encoded ? try (0..<count).map { try NewJob(NoOp($0)) } : []
        for _ in 0..<(kind == .probes || kind == .load ? 0 : Self.warmUp) {
            try await call(jobs.prefix(1), encoded: [], client)
        }
        let before = try ProcessUsage.read(getpid())
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    if kind == .load { return try await load(jobs, client) }
                    if kind == .main { return try await enqueueOnMainActor(client) }
                    for first in stride(from: caller * batch, to: count, by: callers * batch) {
                        let size = min(batch, count - first)
                        try await call(jobs.prefix(size), encoded: encoded.dropFirst(first).prefix(size), client)
                    }
                }
            }
            try await group.waitForAll()
        }
        let seconds = (ContinuousClock.now - start).seconds
        let after = try ProcessUsage.read(getpid())
        let spent = Spent(
            seconds: seconds,
            cpuSeconds: after.seconds - before.seconds,
            switches: after.switches - before.switches
        )
        let text = RedisArgument(String(decoding: try JSONEncoder().encode(spent), as: UTF8.self))
        _ = try await client.store.redis.send(RedisCommand("RPUSH", [RedisArgument(Self.spent), text]))
        await client.close()
    }

    private func call(_ jobs: ArraySlice<NoOp>, encoded: ArraySlice<NewJob>, _ client: JobClient) async throws {
        switch kind {
        case .pings: _ = try await client.store.redis.send(RedisCommand("PING"))
        case .scripts: try await BareEnqueue.send(jobs.count, to: client.store)
        case .jobs where batch == 1, .main:
            for job in jobs { try await client.enqueue(job) }
        case .jobs: try await client.enqueue(Array(jobs))
        case .encoded: try await client.enqueue(encoded.isEmpty ? jobs.map { try NewJob($0) } : Array(encoded))
        case .probes:
            try await Task.sleep(for: .milliseconds(.random(in: 2...10)))
            try await client.enqueue(Probe())
        case .load: preconditionFailure("a load is no call after another")
        }
    }

    @MainActor private func enqueueOnMainActor(_ client: JobClient) async throws {
        for number in 0..<count { try await client.enqueue(NoOp(number)) }
    }

    /// Enqueues at a steady rate, and a probe somewhere between.
    private func load(_ jobs: [NoOp], _ client: JobClient) async throws {
        let start = ContinuousClock.now
        for number in 0..<count {
            try await Task.sleep(until: start + .milliseconds(10 * number))
            async let filling = client.enqueue(jobs)
            try await Task.sleep(for: .milliseconds(.random(in: 0...5)))
            try await client.enqueue(Probe())
            _ = try await filling
        }
    }
}
