internal import ArgumentParser
internal import Martlet

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "List what operators changed: who, when, what, and how many. The last 1,000 changes are kept."
    )

    @Option(help: "Show the last entries, this many at most, 1 to 1000.")
    var limit: Int = 50
    @OptionGroup var options: ReadOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit \(limit): use 1 to 1000.") }
    }

    func run() async throws {
        try await options.withInspector { inspector in
            let entries = try await inspector.audit(limit: limit)
            guard !entries.isEmpty else {
                Terminal.say("no operator has changed anything yet")
                throw ExitCode.noMatch
            }
            guard !options.json else { return entries.forEach { Terminal.print(json: $0.json) } }
            var table = Table(["TIME", "BY", "ACTION", "TO", "RESULT"])
            for entry in entries {
                table.add([Moment.absolute(entry.time), entry.by, entry.action, entry.scope, entry.result])
            }
            table.print()
        }
    }
}

extension AuditEntry {
    /// The result in words: `1200 of 1234, 34 failed`, or the number of jobs that matched when the act was not closed.
    fileprivate var result: String {
        guard let done, let failed else { return "\(matched) begun, not ended" }
        guard done + failed > 0 else { return "nothing was changed" }
        let rest = matched - done - failed
        return ["\(done) of \(matched)", failed > 0 ? "\(failed) failed" : nil, rest > 0 ? "\(rest) left" : nil]
            .compactMap(\.self).joined(separator: ", ")
    }
}
