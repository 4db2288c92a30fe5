internal import ArgumentParser
internal import Martlet

struct JobExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain why a job is not running. The first thing that it waits for comes first."
    )

    @Argument(help: "The job's id: queue/id, or a beginning of it that no other has.", transform: JobID.argument)
    var id: JobID
    @OptionGroup var options: ReadOptions

    func run() async throws {
        try await options.withInspector { inspector in
            let id = try await inspector.named(id)
            guard let explanation = try await inspector.explain(id, span: { Moment.span($0) }) else {
                Terminal.say("there is no job \(id)")
                throw ExitCode.noMatch
            }
            if options.json {
                let gates = explanation.findings.map { finding in
                    JSONValue.object(["gate": .string(finding.gate.rawValue), "text": .string(finding.text)])
                }
                let fields: [String: JSONValue] = [
                    "id": .string("\(id)"), "state": .string(explanation.job.state.rawValue), "gates": .array(gates),
                ]
                return Terminal.print(json: JSONValue.object(fields).text)
            }
            Terminal.print(Printable.escaped("\(id): \(explanation.job.status)", limit: 300))
            for (index, finding) in explanation.findings.enumerated() {
                Terminal.print(Printable.escaped("\(index == 0 ? "  " : "  then ")\(finding.text)", limit: 1000))
            }
        }
    }
}
