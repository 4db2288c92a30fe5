internal import ArgumentParser

struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Runs a worker for the commands in martlet.yaml.",
        discussion: """
            SIGTERM and SIGINT stop it: running jobs may go on for the grace, the rest is given back to other workers.
            """
    )

    @OptionGroup var worker: WorkerOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let logger = worker.logger
        let file = try worker.read()
        try await connection.withClient(logger: logger) { client in
            try await worker.run(file, with: client, logger: logger)
        }
    }
}
