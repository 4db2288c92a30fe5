internal import ArgumentParser
internal import Martlet

struct QueueResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Resume paused queues: start their jobs again, at once."
    )

    @Argument(help: "The queues.")
    var queues: [String]
    @OptionGroup var options: OperatorOptions

    func run() async throws {
        let `operator` = try options.operating()
        try await options.connection.withClient { client in
            let inspector = client.inspector
            try await inspector.forEach(queues) { queue in
                if try await inspector.resume(queue: queue, by: `operator`) {
                    Terminal.print("\(queue): open")
                } else {
                    Terminal.say("\(queue): was not paused; nothing was changed")
                }
            }
        }
    }
}
