internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletPrograms
internal import MartletWorker
internal import RedisClient

/// A worker process of a scenario: says that it is ready, waits for the word, and works until its standard input
/// closes.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

    enum Kind: String, ExpressibleByArgument {
        /// A worker as everybody has it.
        case worker
        /// The same scripts without handlers: ``BareLoop``.
        case bare
        /// A worker that runs /bin/true.
        case commands
        /// A worker that remembers how long each ``Probe`` waited, until a ``Report`` comes.
        case probes
        /// The same, for the queues of ``MixedScenario``.
        case mixed
    }

    @Option var redis: String
    @Option var kind: Kind
    @Option var concurrency: Int

    static let ready = "bench:ready"
    static let go = "bench:go"

    func run() async throws {
        OwnProcess.endWithParent()
        let client = try JobClient(redis: redis, logger: BenchServer.logger)
        _ = try await client.store.redis.send(RedisCommand("RPUSH", [RedisArgument(Self.ready), "1"]))
        let gate = client.store.redis.dedicated(name: "bench-gate")
        _ = try await gate.send(RedisCommand("BLPOP", [RedisArgument(Self.go), 60]), deadline: .seconds(61))
        await gate.close()
        switch kind {
        case .bare: try await BareLoop(store: client.store, types: JobHandlers.bench.types).run()
        case .worker: try await work(client, .bench)
        case .commands:
            var handlers = JobHandlers()
            try handlers.add(CommandScenario.file(), runner: CommandRunner())
            try await work(client, handlers)
        case .probes, .mixed:
            let waits = Latencies()
            var handlers = JobHandlers.bench
            handlers.add(Probe.self) { probe, _ in waits.add(probe.wait) }
            handlers.add(Report.self) { _, _ in
                let words = waits.takeAll().map { RedisArgument("\($0)") }
                guard !words.isEmpty else { return }
                _ = try await client.store.redis.send(RedisCommand("RPUSH", [RedisArgument(Report.waits)] + words))
            }
            try await work(client, handlers, kind == .mixed ? MixedScenario.queues : ["default"])
        }
    }

    private func work(
        _ client: JobClient,
        _ handlers: JobHandlers,
        _ queues: QueueOrder = ["default"]
    ) async throws {
        let configuration = WorkerConfiguration(queues: queues, concurrency: concurrency)
        try await Worker(client, handlers: handlers, configuration: configuration).run()
    }
}
