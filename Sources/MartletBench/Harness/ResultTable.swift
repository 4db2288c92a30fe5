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
                [measured.name, "\(Self.text(measured.value)) \(measured.unit)"]
                    + [
                        measured.ofCeiling, measured.redisMicros, measured.commands, measured.calls,
                        measured.workerMicros, measured.switches, measured.redisSwitches, measured.peakMiB,
                    ].map { $0.map(Self.text) ?? "" }
            )
        }
        let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) {
            let padded = cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            Swift.print("| \(padded.joined(separator: " | ")) |")
        }
        line(header)
        line(widths.enumerated().map { String(repeating: "-", count: $1 - ($0 == 0 ? 0 : 1)) + ($0 == 0 ? "" : ":") })
        rows.dropFirst().forEach(line)
    }

    func print(_ measured: Measurement, round: Int) throws {
        try print(measured, "round", round)
    }

    func printMedians() throws {
        for measured in medians { try print(measured, "rounds", rounds[measured.name]?.count ?? 0) }
    }

    private func print(_ measured: Measurement, _ field: String, _ number: Int) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var line = JSONObjectText(fieldsOf: String(decoding: try encoder.encode(measured), as: UTF8.self))
        line.append(field, number)
        Swift.print(line.text)
    }

    /// About three digits, thousands apart.
    private static func text(_ value: Double) -> String {
        guard value < 1000 else {
            let digits = String(Int(value.rounded()))
            return String(
                digits.enumerated().flatMap { index, digit in
                    index > 0 && (digits.count - index) % 3 == 0 ? [",", digit] : [digit]
                }
            )
        }
        return String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
    }
}
