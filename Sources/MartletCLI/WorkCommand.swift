internal import ArgumentParser

struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Runs a worker for the commands in martlet.yaml.",
        discussion: """
            SIGTERM and SIGINT stop it: running jobs may go on for the grace, the rest is given back to other workers. A \
            second signal ends it at once. It exits with 70 when a supervisor should start it anew: jobs that do not stop \
            are left running, or nothing came from Redis for longer than the watchdog allows.
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
