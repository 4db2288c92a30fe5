internal import ArgumentParser
internal import Logging
internal import Martlet
internal import MartletArchive
internal import ServiceLifecycle
internal import UnixSignals

struct ArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Move finished jobs out of Redis into an SQLite file, until stopped.",
        discussion: """
            The same as martlet work --archive does beside its jobs. One archiver moves jobs at a time; others stand by. \
            From the first one on, finished jobs are not pruned from Redis by their age any more; --retire ends that.
            """
    )

    @Argument(help: "The archive; made where there is none.")
    var path: String?
    @OptionGroup var options: ArchiverOptions
    @Flag(help: "There is to be no archiver any more: workers prune finished jobs by age again.")
    var retire = false
    @Flag(name: .shortAndLong, help: "Log more.")
    var verbose = false
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard retire || path != nil else { throw ValidationError("Name the archive: martlet archive PATH.") }
    }

    func run() async throws {
        var logger = Logger(label: "martlet") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .debug : .info
        try await connection.withClient(logger: logger) { client in
            if retire { return try await client.inspector.forgetArchiver() }
            guard let path else { return }
            try Archive.check(path: path)
            let archiver = try Archiver(client, path: path, configuration: options.configuration())
            try await client.checkServer()
            logger.info("archiving", metadata: ["archive": "\(path)"])
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [archiver],
                    gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: logger
                )
            )
            try await group.run()
        }
    }
}

/// How jobs are moved: the same for `archive` and `work`.
struct ArchiverOptions: ParsableArguments {
    @Option(help: "How long a finished job stays in Redis before it is moved, where it can be restarted. Default 1m.")
    var archiveAfter: DurationArgument?
    @Option(help: "How long a job stays in the archive. Default 90d.")
    var archiveRetention: DurationArgument?

    func configuration(after: Duration? = nil, retention: Duration? = nil) -> ArchiverConfiguration {
        let standard = ArchiverConfiguration()
        return ArchiverConfiguration(
            after: archiveAfter?.duration ?? after ?? standard.after,
            retention: archiveRetention?.duration ?? retention ?? standard.retention
        )
    }
}
