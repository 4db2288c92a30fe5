internal import Foundation

/// A table of Markdown: names on the left, figures on the right.
enum MarkdownTable {
    /// Prints the rows, of which the first is the header.
    static func print(_ rows: [[String]]) {
        guard let header = rows.first else { return }
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

    /// A figure with about three digits, thousands apart.
    static func text(_ value: Double) -> String {
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
