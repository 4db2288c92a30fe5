internal import ArgumentParser
internal import Foundation
internal import Martlet

/// What the command line writes: data to standard output, talk to standard error.
enum Terminal {
    /// A line of data.
    static func print(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    /// A line of JSON. What a terminal could obey is written as JSON's own escapes, which say the same to a program:
    /// an encoder leaves DEL, C1 controls and marks that turn text around as they are, and a stored line may be anything.
    static func print(json line: String) {
        var text = ""
        for scalar in line.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                for unit in String(scalar).utf16 { text += String(format: "\\u%04x", Int(unit)) }
            default: text.unicodeScalars.append(scalar)
            }
        }
        print(text)
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
