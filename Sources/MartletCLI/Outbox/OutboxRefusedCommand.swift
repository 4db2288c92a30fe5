internal import ArgumentParser
internal import Martlet
internal import MartletOutbox

struct OutboxRefusedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refused",
        abstract: "Show the jobs that Redis refused, and why; send them again, or delete them.",
        discussion: """
            martlet outbox refused spool.db
            martlet outbox refused spool.db --retry
            """
    )

    @Argument(help: "The database with the outbox, or the spool.")
    var path: String
    @Flag(help: "Send all of them again, once the reason has been mended.")
    var retry = false
    @Flag(help: "Delete all of them. Without --yes it only says how many.")
    var delete = false
    @Flag(help: "With --delete: delete them.")
    var yes = false
    @Flag(help: "Print one JSON object a line, with times in milliseconds since 1970.")
    var json = false

    func validate() throws {
        guard !retry || !delete else { throw ValidationError("--retry and --delete: use one of them.") }
    }

    func run() async throws {
        let outbox = try OutboxCommand.open(path)
        let count = try await outbox.status().refused
        let jobs = "\(count) job\(count == 1 ? "" : "s")"
        guard count > 0 else {
            Terminal.say("none is refused")
            throw ExitCode.noMatch
        }
        if retry {
            try await outbox.retryRefused()
            return Terminal.say("\(jobs) to be sent again, by a relay or with martlet outbox replay \(path)")
        }
        if delete {
            guard yes else {
                Terminal.say("To delete \(jobs) for good, add --yes.")
                throw ExitCode.validationFailure
            }
            try await outbox.deleteRefused()
            return Terminal.say("\(jobs) deleted")
        }
        let shown = try await outbox.refusedJobs()
        for job in shown {
            if json {
                Terminal.print(
                    json: JSONValue.object([
                        "id": .string("\(job.id)"), "type": .string(job.type), "enqueued_at": .time(job.enqueuedAt),
                        "reason": .string(job.reason),
                    ]).text
                )
            } else {
                Terminal.print("\(job.id)  \(job.type)  \(Moment.absolute(job.enqueuedAt))")
                Terminal.print(Printable.escaped("  \(job.reason)", limit: 400))
            }
        }
        if shown.count < count { Terminal.say("the first \(shown.count) of \(count)") }
    }
}
