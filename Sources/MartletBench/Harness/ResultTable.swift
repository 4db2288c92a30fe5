internal import Foundation
internal import Martlet

/// The figures of all rounds, and their medians as a Markdown table or as JSON.
struct ResultTable {
    private var names: [String] = []
    private var rounds: [String: [Measurement]] = [:]

    mutating func add(_ measured: Measurement) {
        if rounds[measured.name] == nil { names.append(measured.name) }
        rounds[measured.name, default: []].append(measured)
    }

    private var medians: [Measurement] { names.compactMap { rounds[$0].map(Measurement.init(medianOf:)) } }

    func print(rounds count: Int) {
        let header = [
            "", count == 1 ? "figure" : "median of \(count)", "of ceiling", "Redis µs", "commands", "calls",
            "process µs", "switches", "of Redis", "peak MiB",
        ]
        var rows = [header]
        for measured in medians {
            rows.append(
                [measured.name, "\(MarkdownTable.text(measured.value)) \(measured.unit)"]
                    + [
                        measured.ofCeiling, measured.redisMicros, measured.commands, measured.calls,
                        measured.workerMicros, measured.switches, measured.redisSwitches, measured.peakMiB,
                    ].map { $0.map(MarkdownTable.text) ?? "" }
            )
        }
        MarkdownTable.print(rows)
    }

    func print(_ measured: Measurement, round: Int) throws {
        try print(measured, "round", round)
    }

    func printMedians() throws {
        for measured in medians { try print(measured, "rounds", rounds[measured.name]?.count ?? 0) }
    }

    private func print(_ measured: Measurement, _ field: String, _ number: Int) throws {
        var line = try measured.json()
        line.append(field, number)
        Swift.print(line.text)
    }
}

extension Measurement {
    /// The fields of a line of `--json`.
    func json() throws -> JSONObjectText {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return JSONObjectText(fieldsOf: String(decoding: try encoder.encode(self), as: UTF8.self))
    }
}
