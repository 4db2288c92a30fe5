/// What a command says about its own job by a line on standard output: `::warning::text` or `::error::text`.
package struct SelfReport: Sendable, Equatable {
    package enum Level: String, Sendable, CaseIterable {
        case warning
        case error
    }

    package var level: Level
    /// What follows the mark, without white space around it. May be empty: the report counts all the same.
    package var text: String

    package init(level: Level, text: String) {
        self.level = level
        self.text = text
    }

    /// The report in a line, `nil` when it is an ordinary one. The mark counts at the very start and in small letters.
    package static func parse(_ line: String) -> SelfReport? {
        for level in Level.allCases {
            let mark = "::\(level.rawValue)::"
            if line.utf8.starts(with: mark.utf8) {
                let text = line.utf8.dropFirst(mark.utf8.count)
                return SelfReport(level: level, text: Substring(text).trimmed)
            }
        }
        return nil
    }
}

extension Substring {
    fileprivate var trimmed: String {
        let start = drop(while: \.isWhitespace)
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}
