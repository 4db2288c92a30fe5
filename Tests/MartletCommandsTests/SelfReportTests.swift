import MartletCommands
import Testing

@Suite("Self-reports of a command")
struct SelfReportTests {
    @Test(
        "a mark at the start of a line is a report",
        arguments: [
            ("::warning::disk is 91% full", SelfReport(level: .warning, text: "disk is 91% full")),
            ("::error:: no such user \t", SelfReport(level: .error, text: "no such user")),
            ("::error::", SelfReport(level: .error, text: "")),
            ("::warning::::error::x", SelfReport(level: .warning, text: "::error::x")),
            ("::warning::é\u{301}", SelfReport(level: .warning, text: "é\u{301}")),
        ]
    )
    func report(line: String, expected: SelfReport) {
        #expect(SelfReport.parse(line) == expected)
    }

    @Test(
        "any other line is an ordinary one",
        arguments: ["", " ::warning::x", "::warning:x", "::Warning::x", "::notice::x", "x ::error::y", "::warning"]
    )
    func ordinary(line: String) {
        #expect(SelfReport.parse(line) == nil)
    }
}
