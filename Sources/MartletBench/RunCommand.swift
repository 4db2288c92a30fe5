internal import ArgumentParser
internal import Foundation

/// Runs the scenarios, one after the other and then all again, so that what disturbs the machine disturbs all alike.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Measure, and print the median of the rounds."
    )

    @Flag(help: "Measure everything in small numbers, but nothing that takes a million jobs: three minutes.")
    var quick = false
    @Option(help: "Measure only the scenarios whose name contains this: \(Self.names).")
    var only = ""
    @Option(help: "Measure everything this often. Default 3, with --peers 5, with --quick 1.")
    var rounds: Int?
    @Flag(help: "Print one JSON object a line: each figure of each round, then the medians.")
    var json = false

    @Flag(
        help: """
            Measure Martlet beside Sidekiq, Taskiq and BullMQ instead, as far as they are installed, on Redis's defaults; \
            with --quick a round takes under two minutes.
            """
    )
    var peers = false
    @Flag(help: "With --peers, install Sidekiq with apt, and the others in a virtual environment of Python, before.")
    var install = false
    @Option(help: "With --peers, the program that runs Python with the packages of ops/peers/requirements.txt.")
    var python: String?
    @Option(help: "With --peers, take this share of all calls and jobs: below 1 the figures mean little.")
    var scale = 1.0

    private static var names: String { Bench.scenarios.map { type(of: $0).name }.joined(separator: ", ") }

    func validate() throws {
        guard peers || !install && python == nil && scale == 1 else {
            throw ValidationError("--install, --python and --scale are options of --peers")
        }
        guard !peers || only.isEmpty else { throw ValidationError("--only is no option of --peers") }
        guard scale > 0, scale <= 1 else { throw ValidationError("--scale \(scale): give more than 0, at most 1") }
        guard rounds ?? 1 > 0 else { throw ValidationError("--rounds \(rounds ?? 0): give 1 or more") }
    }

    func run() async throws {
        if peers {
            let sizes = PeerSizes(isQuick: quick, scale: scale)
            let rounds = rounds ?? (quick ? 1 : 5)
            return try await PeerRun(sizes: sizes, rounds: rounds, python: python, installs: install, json: json).run()
        }
        let bench = Bench(isQuick: quick)
        let scenarios = Bench.scenarios.filter { type(of: $0).name.contains(only) || only.isEmpty }
        guard !scenarios.isEmpty else {
            throw ValidationError("no scenario is called \(only): use one of \(Self.names)")
        }
        let rounds = rounds ?? (quick ? 1 : 3)
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
