internal import ArgumentParser
internal import Martlet

struct JobRestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Sends finished jobs round again, with all their retries."
    )

    @Argument(help: "Ids of jobs: queue/id.", transform: JobID.argument)
    var ids: [JobID]
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await connection.withClient { client in
            var missed = 0
            for id in ids {
                do {
                    try await client.inspector.restart(id)
                    Terminal.print("\(id): waiting to run")
                } catch let error as JobError where error.code == .notFound || error.code == .refused {
                    Terminal.say("\(error)")
                    missed += 1
                }
            }
            if missed == ids.count { throw ExitCode.noMatch }
        }
    }
}
