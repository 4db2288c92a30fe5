internal import ArgumentParser
internal import Martlet

struct LeaderShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the worker that fires schedules."
    )

    @OptionGroup var options: ReadOptions

    func run() async throws {
        try await options.withInspector { inspector in
            guard let leader = try await inspector.leader() else {
                Terminal.say("nobody leads: no schedule fires; start a worker with martlet work")
                throw ExitCode.noMatch
            }
            guard !options.json else {
                let fields: [String: JSONValue] = [
                    "worker": .string(leader.worker), "term": .integer(Int64(leader.term)),
                    "elected_at": .time(leader.electedAt), "expires_at": .time(leader.expiresAt),
                ]
                return Terminal.print(json: JSONValue.object(fields).text)
            }
            let now = try await inspector.now()
            var table = Table(["WORKER", "TERM", "ELECTED", "LEASE ENDS"])
            table.add([
                leader.worker, "\(leader.term)", Moment.relative(leader.electedAt, now: now),
                Moment.relative(leader.expiresAt, now: now),
            ])
            table.print()
        }
    }
}
