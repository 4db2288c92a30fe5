internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import RedisClient

/// A process that makes one call after the other, as a program without other work does.
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
        /// A job that says how long it waited, 2 to 10 ms after the last.
        case probes
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
    @Option var count: Int

    /// The list that gets what the calls took.
    static let spent = "bench:spent"
    /// Calls that come before, so that the connection is made and code and data are warm.
    private static let warmUp = 200

    func run() async throws {
        let client = try JobClient(redis: redis, logger: BenchServer.logger)
        for number in 0..<(kind == .probes ? 0 : Self.warmUp) { try await call(number, client) }
        let before = try ProcessUsage.read(getpid())
        let start = ContinuousClock.now
        for number in 0..<count { try await call(number, client) }
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

    private func call(_ number: Int, _ client: JobClient) async throws {
        switch kind {
        case .pings: _ = try await client.store.redis.send(RedisCommand("PING"))
        case .scripts: try await BareEnqueue.send(1, to: client.store)
        case .jobs: try await client.enqueue(NoOp(number))
        case .probes:
            try await Task.sleep(for: .milliseconds(.random(in: 2...10)))
            try await client.enqueue(Probe())
        }
    }
}
