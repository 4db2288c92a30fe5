internal import ArgumentParser
internal import Martlet

struct JobCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancels jobs that have not finished; a running one is told to stop."
    )

    @Argument(help: "Ids of jobs: queue/id.", transform: JobID.argument)
    var ids: [JobID]
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await connection.withClient { client in
            var missed = 0
            for id in ids {
                do {
                    switch try await client.inspector.cancel(id) {
                    case .cancelled: Terminal.print("\(id): cancelled")
                    case .requested(let worker):
                        let name = Printable.escaped(worker, limit: 200)
                        Terminal.print("\(id): running; worker \(name) was told to stop it")
                    case .finished(let state):
                        Terminal.say("\(id): had finished before (\(state.title)); nothing was changed")
                        missed += 1
                    }
                } catch let error as JobError where error.code == .notFound {
                    Terminal.say("\(error)")
                    missed += 1
                }
            }
            if missed == ids.count { throw ExitCode.noMatch }
        }
    }
}
