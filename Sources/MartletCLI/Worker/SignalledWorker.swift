internal import ArgumentParser
internal import Logging
internal import Martlet
internal import MartletWorker
internal import ServiceLifecycle

/// A worker that signals stop, and that SIGHUP replaces, as ``SignalledGroup`` says.
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
        do {
            try await SignalledGroup(group, logger: logger) { reload(into: succession) }.run()
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
