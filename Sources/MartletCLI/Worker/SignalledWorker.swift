internal import ArgumentParser
internal import Foundation
internal import Logging
internal import Martlet
internal import MartletWorker
internal import ProcessSupervision
internal import ServiceLifecycle
internal import UnixSignals

/// A worker that SIGTERM and SIGINT stop: the first one gracefully, the second at once.
///
/// SIGHUP replaces it, or stops it, as ``Hangup`` says.
///
/// A stop at once, and exit code 70, leave handlers that still run. These end with the process, and the process groups
/// of commands are ended by their guard.
struct SignalledWorker {
    let crew: WorkerCrew
    let logger: Logger
    /// Makes the worker, and what runs beside it, that takes over at SIGHUP; nil when this process is to end instead.
    ///
    /// It throws when the configuration has a mistake; then nothing changes.
    let successor: @Sendable () throws -> WorkerCrew?

    /// The exit code of a worker that is not healthy and is to be replaced: sysexits' EX_SOFTWARE.
    static let unwell = ExitCode(70)

    /// Works until a signal stops it.
    /// - Throws: ``unwell`` when handlers are stuck or the watchdog stopped the worker; what ``Worker/run()`` throws.
    func run() async throws {
        let succession = WorkerSuccession(crew, logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: succession, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger
            )
        )
        let hangup = Hangup.meaning
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint] + (hangup == .nothing ? [] : [.sighup]))
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                tasks.addTask {
                    var isStopping = false
                    for await signal in signals {
                        if signal == .sighup, hangup == .reload, !isStopping, reload(into: succession) { continue }
                        if isStopping { _exit(1) }
                        isStopping = true
                        logger.info("told to stop", metadata: ["signal": "\(signal)"])
                        await group.triggerGracefulShutdown()
                    }
                }
                try await tasks.next()
                tasks.cancelAll()
            }
        } catch let error as JobError where error.code == .stuck || error.code == .stalled {
            logger.critical("exiting, to be replaced", metadata: ["error": "\(error)"])
            throw Self.unwell
        }
    }
    /// Reads the configuration anew, and starts the successor.
    /// - Returns: false when this process is to end, so that another one reads the configuration.
    private func reload(into succession: WorkerSuccession) -> Bool {
        do {
            guard let next = try successor() else { return false }
            logger.info("configuration read anew", metadata: ["worker": "\(next.worker.id)"])
            succession.takeOver(next)
        } catch {
            logger.error("configuration not read anew; the old one holds", metadata: ["error": "\(error)"])
        }
        return true
    }
}
