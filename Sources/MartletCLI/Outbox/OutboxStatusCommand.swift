internal import ArgumentParser
internal import Martlet
internal import MartletOutbox

struct OutboxStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how many jobs wait for Redis, and for how long."
    )

    @Argument(help: "The database with the outbox, or the spool.")
    var path: String
    @Flag(help: "Print one JSON object, with the age in milliseconds.")
    var json = false

    func run() async throws {
        let status = try await OutboxCommand.open(path).status()
        if json {
            var fields: [String: JSONValue] = [
                "pending": .integer(Int64(status.pending)), "kept": .integer(Int64(status.kept)),
                "refused": .integer(Int64(status.refused)),
                "queues": .object(status.queues.mapValues { .integer(Int64($0)) }),
            ]
            fields["oldest_ms"] = status.oldest.map { .span($0) }
            return Terminal.print(json: JSONValue.object(fields).text)
        }
        let age = status.oldest.map { ", the oldest for \(Moment.span($0))" } ?? ""
        Terminal.print("wait for Redis            \(status.pending)\(age)")
        for (queue, count) in status.queues.sorted(by: { $0.key < $1.key }) { Terminal.print("  \(queue)  \(count)") }
        Terminal.print("kept until they finished  \(status.kept)")
        Terminal.print("refused                   \(status.refused)")
        if let refusal = status.refusal { Terminal.print(Printable.escaped("  \(refusal)", limit: 400)) }
    }
}
