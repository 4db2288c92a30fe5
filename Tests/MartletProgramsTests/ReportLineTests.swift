import Martlet
import MartletPrograms
import Testing

@Suite("Self-reports of a command")
struct ReportLineTests {
    @Test(
        "a mark at the start of a line is a report",
        arguments: [
            ("::warning::disk is 91% full", ReportLine(.warning, text: "disk is 91% full")),
            ("::error:: no such user \t", ReportLine(.error, text: "no such user")),
            ("::error::", ReportLine(.error, text: "")),
            ("::warning::::error::x", ReportLine(.warning, text: "::error::x")),
            ("::warning::é\u{301}", ReportLine(.warning, text: "é\u{301}")),
        ]
    )
    func report(line: String, expected: ReportLine) {
        #expect(ReportLine.parse(line) == expected)
    }

    @Test(
        "any other line is an ordinary one",
        arguments: ["", " ::warning::x", "::warning:x", "::Warning::x", "::notice::x", "x ::error::y", "::warning"]
    )
    func ordinary(line: String) {
        #expect(ReportLine.parse(line) == nil)
    }
}
