internal import ArgumentParser
internal import Logging
internal import Martlet
internal import MartletArchive

struct ArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Move finished jobs out of Redis into an SQLite file, until stopped.",
        discussion: """
            The same as martlet work --archive does beside its jobs. One archiver moves jobs at a time; others stand by. \
            From the first one on, finished jobs are not pruned from Redis by their age any more; --retire ends that.
            """
    )

    @Argument(help: "The archive's file. It is made when it is missing.")
    var path: String?
    @OptionGroup var options: ArchiverOptions
    @Flag(help: "End archiving: workers prune finished jobs by their age again.")
    var retire = false
    @Flag(name: .shortAndLong, help: "Log more.")
    var verbose = false
    @OptionGroup var operating: OperatorOptions

    func validate() throws {
        guard retire || path != nil else { throw ValidationError("Name the archive: martlet archive PATH.") }
    }

    func run() async throws {
        var logger = Logger(label: "martlet") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .debug : .info
        try await operating.connection.withClient(logger: logger) { client in
            if retire {
                let isDone = try await client.inspector.forgetArchiver(by: operating.operating())
                return Terminal.say(isDone ? "finished jobs are pruned by age again" : "there was no archiver")
            }
            guard let path else { return }
            try Archive.check(path: path)
            let archiver = try Archiver(client, path: path, configuration: options.configuration())
            try await client.checkServer()
            try await SignalledGroup(archiver, logger: logger).run {
                logger.info("archiving", metadata: ["archive": "\(path)"])
            }
        }
    }
}

/// The options about moving jobs into an archive, the same for `archive` and `work`.
struct ArchiverOptions: ParsableArguments {
    @Option(help: "Move a finished job this long after its end; until then it can be restarted. Default 1m.")
    var archiveAfter: DurationArgument?
    @Option(help: "Keep a job in the archive for this long. Default 90d.")
    var archiveRetention: DurationArgument?

    func configuration(after: Duration? = nil, retention: Duration? = nil) -> ArchiverConfiguration {
        let standard = ArchiverConfiguration()
        return ArchiverConfiguration(
            after: archiveAfter?.duration ?? after ?? standard.after,
            retention: archiveRetention?.duration ?? retention ?? standard.retention
        )
    }
}
