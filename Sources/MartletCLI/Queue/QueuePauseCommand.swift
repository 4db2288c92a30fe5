internal import ArgumentParser
internal import Martlet

struct QueuePauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause queues: start no more of their jobs. Running ones go on, and jobs may still be enqueued."
    )

    @Argument(help: "The queues.")
    var queues: [String]
    @OptionGroup var options: OperatorOptions

    func run() async throws {
        let `operator` = try options.operating()
        try await options.connection.withClient { client in
            let inspector = client.inspector
            try await inspector.forEach(queues) { queue in
                if let pause = try await inspector.pause(queue: queue, by: `operator`) {
                    let text = pause.text(now: try await inspector.now())
                    Terminal.say(Printable.escaped("\(queue): was \(text); nothing was changed"))
                } else {
                    Terminal.print("\(queue): paused; martlet queue resume \(queue) has it go on")
                }
            }
        }
    }
}
