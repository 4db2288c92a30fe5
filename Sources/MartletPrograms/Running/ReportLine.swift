package import Martlet

/// A line on standard output by which a command reports on its own job: `::warning::text` or `::error::text`.
package struct ReportLine: Sendable, Equatable {
    package var report: SelfReport
    /// The text behind the mark, without white space around it.
    ///
    /// It may be empty: the report counts all the same.
    package var text: String

    package init(_ report: SelfReport, text: String) {
        self.report = report
        self.text = text
    }

    /// Reads the report in a line; `nil` when it is an ordinary line.
    ///
    /// The mark counts only at the very start and in small letters.
    package static func parse(_ line: String) -> ReportLine? {
        for report in [SelfReport.warning, .error] {
            let mark = "::\(report.rawValue)::"
            if line.utf8.starts(with: mark.utf8) {
                let text = line.utf8.dropFirst(mark.utf8.count)
                return ReportLine(report, text: Substring(text).trimmed)
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
