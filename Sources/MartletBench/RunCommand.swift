internal import ArgumentParser
internal import Foundation

/// Runs the scenarios, one after the other and then all again, so that what disturbs the machine disturbs all alike.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Measure, and print the median of the rounds."
    )

    @Flag(help: "Measure everything in small numbers, but nothing that takes a million jobs: two minutes.")
    var quick = false
    @Option(help: "Measure only the scenarios whose name contains this: \(Self.names).")
    var only = ""
    @Option(help: "Measure everything this often. Default 3, with --quick 1.")
    var rounds: Int?
    @Flag(help: "Print one JSON object a line: each figure of each round, then the medians.")
    var json = false

    private static var names: String { Bench.scenarios.map { type(of: $0).name }.joined(separator: ", ") }

    func run() async throws {
        let bench = Bench(isQuick: quick)
        let scenarios = Bench.scenarios.filter { type(of: $0).name.contains(only) || only.isEmpty }
        guard !scenarios.isEmpty else {
            throw ValidationError("no scenario is called \(only): use one of \(Self.names)")
        }
        let rounds = max(1, rounds ?? (quick ? 1 : 3))
        var table = ResultTable()
        for round in 1...rounds {
            for scenario in scenarios {
                FileHandle.standardError.write(Data("round \(round): \(type(of: scenario).name)\n".utf8))
                for measured in try await scenario.measure(bench) {
                    table.add(measured)
                    if json { try table.print(measured, round: round) }
                }
            }
        }
        if json { try table.printMedians() } else { table.print(rounds: rounds) }
    }
}
