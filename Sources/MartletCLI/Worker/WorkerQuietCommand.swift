internal import ArgumentParser
internal import Martlet

struct WorkerQuietCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quiet",
        abstract: "Make workers quiet: they finish their jobs and claim no more, for example before a deploy."
    )

    @Argument(help: "Ids of workers, or beginnings of them that no other has.")
    var workers: [String]
    @Flag(help: "Let them claim again.")
    var off = false
    @OptionGroup var options: OperatorOptions

    func run() async throws {
        let `operator` = try options.operating()
        try await options.connection.withClient { client in
            let inspector = client.inspector
            var found: [WorkerRecord] = []
            for name in workers { found.append(try await inspector.worker(named: name)) }
            for worker in found {
                if off {
                    try await inspector.unquiet(worker.id, by: `operator`)
                } else {
                    try await inspector.quiet(worker.id, by: `operator`)
                }
                let told = off ? "told to claim again" : "told to claim nothing more"
                let jobs = "\(worker.running) job\(worker.running == 1 ? "" : "s")"
                Terminal.print(Printable.escaped("\(worker.id): \(told); it runs \(jobs)", limit: 300))
            }
        }
    }
}
