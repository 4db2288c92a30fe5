internal import ArgumentParser
internal import Foundation
internal import Logging
internal import Martlet
internal import MartletWorker
internal import ServiceLifecycle
internal import UnixSignals
internal import ProcessSupervision

/// Supervised workers whose handlers kill their process.
///
/// For tests: commands can't do that.
struct CrashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "crash", shouldDisplay: false)

    @Option var redis: String
    @Option var processes: Int
    @Option var concurrency: Int
    @Option var workerID: String?

    func run() async throws {
        if workerID != nil { Lifeline.hold() }
        let logger = Logger(label: "crash") { StreamLogHandler.standardError(label: $0) }
        let client = try JobClient(redis: redis, logger: logger)
        let configuration = WorkerConfiguration(concurrency: concurrency)
        if let workerID {
            let worker = try Worker(client, handlers: Self.handlers, configuration: configuration, id: workerID)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [worker],
                    gracefulShutdownSignals: [.sigterm],
                    logger: logger
                )
            )
            try await group.run()
        } else {
            let arguments = Array(CommandLine.arguments.dropFirst())
            let supervisor = Supervisor(client, configuration: configuration, arguments: arguments, logger: logger)
            guard try await supervisor.run(processes) else { throw ExitCode.failure }
        }
        await client.close()
    }

    /// One for each way in which a process may die of its own, and the innocent one that takes its time.
    private static var handlers: JobHandlers {
        var handlers = JobHandlers()
        func add(_ kill: @escaping @Sendable () throws -> Void, as type: String) {
            handlers.add(type, options: JobOptions()) { _, _ in
                try await Task.sleep(for: .milliseconds(50))
                try kill()
            }
        }
        handlers.add("innocent", options: JobOptions()) { _, _ in try await Task.sleep(for: .milliseconds(200)) }
        add({ abort() }, as: "abort")
        add({ kill(getpid(), SIGKILL) }, as: "kill")
        add({ _exit(70) }, as: "exit")
        add(dereferenceNull, as: "null")
        add(useAllMemory, as: "memory")
        return handlers
    }

    /// Raw on purpose: no safe Swift reads at an address where nothing is.
    private static func dereferenceNull() throws {
        guard let nowhere = UnsafeRawPointer(bitPattern: 8) else { throw ChaosError("8 is no address") }
        throw ChaosError("read \(nowhere.load(as: Int.self)) from nowhere")
    }

    private static func useAllMemory() throws {
        var limit = rlimit(rlim_cur: 512 << 20, rlim_max: 512 << 20)
        guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { throw ChaosError("no limit set") }
        var hoard: [[UInt8]] = []
        while hoard.count < 1000 { hoard.append([UInt8](repeating: 1, count: 64 << 20)) }
        throw ChaosError("got \(hoard.count) blocks of 64 MiB")
    }
}
