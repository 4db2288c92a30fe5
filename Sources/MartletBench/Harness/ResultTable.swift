internal import Foundation
internal import Martlet

/// The figures of all rounds, and their medians as a Markdown table or as JSON.
struct ResultTable {
    private var names: [String] = []
    private var rounds: [String: [BenchSettings: [Measurement]]] = [:]

    mutating func add(_ measured: Measurement) {
        if rounds[measured.name] == nil { names.append(measured.name) }
        rounds[measured.name, default: [:]][measured.settings, default: []].append(measured)
    }

    /// The median of each figure, by the settings of the server; a figure is measured with one of them or both.
    private var medians: [[BenchSettings: Measurement]] {
        names.compactMap { rounds[$0]?.mapValues(Measurement.init(medianOf:)) }
    }

    /// Prints a row for each figure, in which the costs are those on Redis's defaults where it was measured on both.
    func print(rounds count: Int) {
        var rows = [
            [
                count == 1 ? "" : "medians of \(count)", "Redis's defaults", "ops/redis.conf", "of ceiling", "Redis µs",
                "commands", "calls", "process µs", "switches", "of Redis", "peak MiB",
            ]
        ]
        for figure in medians {
            guard let shown = figure[.defaults] ?? figure[.recommended] else { continue }
            rows.append(
                [shown.name]
                    + BenchSettings.allCases.map { settings in
                        figure[settings].map { "\(MarkdownTable.text($0.value)) \($0.unit)" } ?? ""
                    }
                    + [
                        shown.ofCeiling, shown.redisMicros, shown.commands, shown.calls, shown.workerMicros,
                        shown.switches, shown.redisSwitches, shown.peakMiB,
                    ].map { $0.map(MarkdownTable.text) ?? "" }
            )
        }
        MarkdownTable.print(rows)
    }

    func print(_ measured: Measurement, round: Int) throws {
        try print(measured, "round", round)
    }

    func printMedians() throws {
        for figure in medians {
            for measured in BenchSettings.allCases.compactMap({ figure[$0] }) {
                try print(measured, "rounds", rounds[measured.name]?[measured.settings]?.count ?? 0)
            }
        }
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
