internal import ArgumentParser
internal import Martlet

struct QueuePauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Has no more jobs of queues started; running ones go on, and jobs may still be enqueued."
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

struct QueueResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Has the jobs of paused queues started again, at once."
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

extension Inspector {
    /// Acts on each queue, or on none of them where one of them is not there.
    fileprivate func forEach(_ queues: [String], _ act: (String) async throws -> Void) async throws {
        for queue in queues {
            guard try await self.queue(queue) != nil else { throw try await noQueue(queue) }
        }
        for queue in queues { try await act(queue) }
    }
}
