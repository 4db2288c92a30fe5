internal import Martlet

/// A table of plain text, as wide as its content, and on a terminal at most as wide as that.
struct Table {
    private var rows: [[String]]

    init(_ header: [String]) {
        rows = [header]
    }

    mutating func add(_ row: [String]) {
        rows.append(row.map { Printable.escaped($0, limit: 120) })
    }

    func print() {
        lines(width: Terminal.width).forEach { Terminal.print($0) }
    }

    /// Formats the rows as lines that fit into `width` columns; nil stands for any width.
    ///
    /// The first column, by which a row is known, is never cut.
    func lines(width: Int?) -> [String] {
        let widths = widths(in: width)
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                let text = DisplayWidth.cut(text, to: widths[column])
                return column == row.count - 1 ? text : DisplayWidth.padded(text, to: widths[column])
            }
            return cells.joined(separator: "  ")
        }
    }

    /// Computes the width of each column.
    ///
    /// The widest column is narrowed first, down to the width of its header.
    private func widths(in width: Int?) -> [Int] {
        var widths: [Int] = []
        for row in rows {
            for (column, text) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], DisplayWidth.of(text))
            }
        }
        guard let width else { return widths }
        let least = rows[0].map { DisplayWidth.of($0) }
        var excess = widths.reduce(2 * (widths.count - 1), +) - width
        while excess > 0 {
            let given = widths.indices.dropFirst().filter { $0 >= least.count || widths[$0] > least[$0] }
            guard let widest = given.max(by: { widths[$0] < widths[$1] }), widths[widest] > 4 else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}
