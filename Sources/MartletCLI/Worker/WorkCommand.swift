internal import ArgumentParser
internal import Martlet
internal import MartletArchive
internal import MartletPrograms
internal import MartletWorker
internal import ProcessSupervision

struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Run a worker for the commands in martlet.yaml.",
        discussion: """
            SIGTERM and SIGINT stop it: running jobs may go on for the grace, the rest is given back to other workers. A \
            second signal ends it at once. It exits with 70 when a supervisor should start it anew: handlers ignored their \
            cancellation, or no claim was answered for --watchdog.

            SIGHUP has it read the configuration anew: jobs, schedules, queues, concurrency and archive. With a mistake in \
            the file the old one holds, and the log says why. Otherwise a worker with the new one works at once, while the \
            old one stops as above. Started in a terminal, it stops when that is closed.

            With --processes a parent runs no jobs but keeps so many worker processes running, each with the concurrency \
            given. When one dies, the jobs that it ran are taken back at once, with the reason in their logs, and run \
            alone from then on until they have ended well or have killed their worker three times.
            """
    )

    @OptionGroup var worker: WorkerOptions
    @Option(help: "Keep so many worker processes running, 1 to 1,000. Default: work in this process.")
    var processes: Int?
    @Option(
        help: ArgumentHelp(
            "Move finished jobs into this SQLite file. Default: archive in the configuration.",
            valueName: "path"
        )
    )
    var archive: String?
    @OptionGroup var archiving: ArchiverOptions
    @Option(help: .hidden) var workerID: String?
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard let processes, !(1...1000).contains(processes) else { return }
        throw ValidationError("--processes \(processes): use 1 to 1000.")
    }

    func run() async throws {
        try FirstProcess.standInFront()
        if workerID != nil { Lifeline.hold() }
        let logger = worker.logger
        let file = try worker.read()
        let isSupervised = workerID != nil
        if !isSupervised { try Self.checkArchive(archive, file) }
        let endedWell = try await connection.withClient(logger: logger) { client in
            guard let processes, !isSupervised else {
                try await worker.run(file, with: client, logger: logger, id: workerID) { [archive, archiving] file in
                    if !isSupervised { try Self.checkArchive(archive, file) }
                    return try Self.archivePath(archive, file).map { path in
                        let configuration = archiving.configuration(
                            after: file.archive?.after,
                            retention: file.archive?.retention
                        )
                        return [try Archiver(client, path: path, configuration: configuration)]
                    } ?? []
                }
                return true
            }
            return try await Supervisor(
                client,
                configuration: worker.configuration(for: file),
                arguments: Array(CommandLine.arguments.dropFirst()),
                logger: logger
            ).run(processes)
        }
        if !endedWell { throw ExitCode.failure }
    }

    private static func archivePath(_ option: String?, _ file: CommandFile) -> String? { option ?? file.archive?.path }

    /// A worker that runs need not have its archive; one that begins is to be told of a mistyped path.
    private static func checkArchive(_ option: String?, _ file: CommandFile) throws {
        if let path = archivePath(option, file) { try Archive.check(path: path) }
    }
}
