internal import ArgumentParser
internal import Logging
internal import Martlet
internal import MartletPrograms
internal import MartletWorker
internal import ServiceLifecycle

/// The options that `work` and `dev` share.
struct WorkerOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "Read the commands from this file.")
    var config: String = "martlet.yaml"
    @Option(help: "Run this many jobs at the same time. Default: as the file says, else 10.")
    var concurrency: Int?
    @Option(help: "Let running jobs go on for this long after a stop, for example 30s.")
    var grace: DurationArgument?
    @Option(help: "Keep a running job's lease for this long without a renewal, 1s to 1h.")
    var lease: DurationArgument?
    @Option(help: "Exit with 70 after Redis has answered nothing for this long, from 10s. Default 5m.")
    var watchdog: DurationArgument?
    @Option(help: "End a job in error after it has killed its worker this many times, 1 to 100. Default 3.")
    var crashLimit: Int?
    @Flag(name: .customLong("no-scheduler"), help: "Leave the firing of schedules to other workers.")
    var noScheduler = false
    @Flag(name: .shortAndLong, help: "Log more.")
    var verbose = false

    func validate() throws {
        if let concurrency, !(1...CommandFile.mostConcurrency).contains(concurrency) {
            throw ValidationError("--concurrency \(concurrency): use 1 to \(CommandFile.mostConcurrency).")
        }
        if let crashLimit, !(1...100).contains(crashLimit) {
            throw ValidationError("--crash-limit \(crashLimit): use 1 to 100.")
        }
    }

    var logger: Logger {
        var logger = Logger(label: "martlet") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .debug : .info
        return logger
    }

    /// Reads the configuration.
    ///
    /// Call it first: nothing is started for a file with mistakes in it.
    func read() throws -> CommandFile {
        try CommandFile.load(path: config)
    }

    /// Makes the worker's configuration: from the options, and from the file where they are not given.
    func configuration(for file: CommandFile) -> WorkerConfiguration {
        var configuration = WorkerConfiguration(queues: file.queueOrder)
        configuration.concurrency = concurrency ?? file.concurrency ?? configuration.concurrency
        configuration.shutdownGrace = grace?.duration ?? configuration.shutdownGrace
        configuration.lease = lease?.duration ?? configuration.lease
        configuration.crashLimit = crashLimit ?? configuration.crashLimit
        configuration.watchdog = watchdog?.duration ?? configuration.watchdog
        configuration.standsForLeader = !noScheduler
        return configuration
    }

    /// Works until the process is told to stop.
    ///
    /// `id` is the worker's id, given where a supervisor has to know it. `companions` makes the services that run
    /// beside a worker for a file and end with it.
    func run(
        _ file: CommandFile,
        with client: JobClient,
        logger: Logger,
        id: String? = nil,
        companions: @escaping @Sendable (CommandFile) throws -> [any Service] = { _ in [] }
    ) async throws {
        let crew = WorkerCrew(worker: try makeWorker(file, with: client, id: id), companions: try companions(file))
        let signalled = SignalledWorker(crew: crew, logger: logger) {
            let file = try read()
            let others = try companions(file)
            // A supervised process ends, so that its supervisor starts another one under an id that it knows.
            return id == nil ? WorkerCrew(worker: try makeWorker(file, with: client), companions: others) : nil
        }
        try await signalled.run()
    }

    private func makeWorker(_ file: CommandFile, with client: JobClient, id: String? = nil) throws -> Worker {
        var handlers = JobHandlers()
        handlers.add(file, runner: try CommandRunner())
        return try Worker(
            client,
            handlers: handlers,
            schedules: try file.declared(),
            configuration: configuration(for: file),
            id: id
        )
    }
}
