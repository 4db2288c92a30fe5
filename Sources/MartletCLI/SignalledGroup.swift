internal import Foundation
internal import Logging
internal import ProcessSupervision
internal import ServiceLifecycle
internal import UnixSignals

/// Services that run until a signal stops them, by the same rule for every command that does so.
///
/// The first SIGTERM or SIGINT stops them gracefully, and a further one ends the process at once, with exit code 1.
/// SIGHUP has the configuration read again, stops them gracefully, or stays ignored, as ``Hangup`` says; while they
/// stop it changes nothing.
struct SignalledGroup {
    let group: ServiceGroup
    let logger: Logger
    /// Reads the configuration again; it returns false when the process is to end instead.
    let reload: @Sendable () -> Bool

    /// Makes a group of one service that has no configuration to read again.
    init(_ service: any Service, logger: Logger) {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: service)], logger: logger)
        )
        self.init(group, logger: logger) {
            logger.info("going on: there is no configuration to read anew", metadata: ["signal": "SIGHUP"])
            return true
        }
    }

    init(_ group: ServiceGroup, logger: Logger, reload: @escaping @Sendable () -> Bool) {
        self.group = group
        self.logger = logger
        self.reload = reload
    }

    /// Runs the services until they have ended.
    ///
    /// - Parameter ready: What is done first, as soon as signals are handled.
    /// - Throws: What a service throws.
    func run(_ ready: () -> Void = {}) async throws {
        let hangup = Hangup.meaning
        let signals = await UnixSignalsSequence(trapping: hangup.signals)
        ready()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                var isStopping = false
                for await signal in signals {
                    // A terminal that closes may send it twice: by its shell, and when the shell has ended.
                    if signal == .sighup, isStopping || (hangup == .reload && reload()) { continue }
                    if isStopping { _exit(1) }
                    isStopping = true
                    logger.info("told to stop", metadata: ["signal": "\(signal)"])
                    await group.triggerGracefulShutdown()
                }
            }
            try await tasks.next()
            tasks.cancelAll()
        }
    }
}
