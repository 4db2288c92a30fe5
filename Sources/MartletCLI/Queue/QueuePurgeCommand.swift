internal import ArgumentParser
internal import Martlet

struct QueuePurgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Delete a queue's waiting and scheduled jobs; running ones go on.",
        discussion: """
            martlet queue purge mail
            martlet queue purge mail --status scheduled --type email.reminder --dry-run
            """
    )

    @Argument(help: "The queue.")
    var queue: String
    @OptionGroup var kind: KindOptions
    @OptionGroup var change: ChangeOptions

    func validate() throws {
        if let wrong = kind.status.first(where: { $0 != .waiting && $0 != .scheduled }) {
            throw ValidationError("--status \(wrong.rawValue): purge takes jobs that are scheduled or waiting.")
        }
        _ = try kind.limit(default: ChangeOptions.most, most: ChangeOptions.most)
    }

    func run() async throws {
        try await change.withInspector { inspector in
            guard try await inspector.queue(queue) != nil else { throw try await inspector.noQueue(queue) }
            let filter = try kind.filter(
                queues: [queue],
                states: [.scheduled, .waiting],
                now: try await inspector.now()
            )
            let limit = try kind.limit(default: ChangeOptions.most, most: ChangeOptions.most)
            try await change.run(.delete, filter, limit: limit, action: .purgeQueue, inspector)
        }
    }
}
