internal import ArgumentParser
internal import Foundation
internal import Martlet

/// What the command line writes: data to standard output, talk to standard error.
enum Terminal {
    /// A line of data.
    static func print(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    /// A line of talk.
    static func say(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}

extension ExitCode {
    /// Nothing matched.
    static let noMatch = ExitCode(3)
}

/// A table of plain text, as wide as it needs to be.
struct Table {
    private var rows: [[String]]

    init(_ header: [String]) {
        rows = [header]
    }

    mutating func add(_ row: [String]) {
        rows.append(row.map { Printable.escaped($0, limit: 120) })
    }

    func print() {
        var widths: [Int] = []
        for row in rows {
            for (column, text) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], text.count)
            }
        }
        for row in rows {
            let cells = row.enumerated().map { column, text in
                column == row.count - 1 ? text : text + String(repeating: " ", count: widths[column] - text.count)
            }
            Terminal.print(cells.joined(separator: "  "))
        }
    }
}
