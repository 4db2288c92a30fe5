import Martlet
import MartletPrograms
import Testing

/// Self-reports of a command.
@Suite struct ReportLineTests {
    @Test(
        arguments: [
            ("::warning::disk is 91% full", ReportLine(.warning, text: "disk is 91% full")),
            ("::error:: no such user \t", ReportLine(.error, text: "no such user")),
            ("::error::", ReportLine(.error, text: "")),
            ("::warning::::error::x", ReportLine(.warning, text: "::error::x")),
            ("::warning::é\u{301}", ReportLine(.warning, text: "é\u{301}")),
        ]
    )
    func `a mark at the start of a line is a report`(line: String, expected: ReportLine) {
        #expect(ReportLine.parse(line) == expected)
    }

    @Test(
        arguments: ["", " ::warning::x", "::warning:x", "::Warning::x", "::notice::x", "x ::error::y", "::warning"]
    )
    func `any other line is an ordinary one`(line: String) {
        #expect(ReportLine.parse(line) == nil)
    }
}
