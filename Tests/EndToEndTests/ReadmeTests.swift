import Foundation
import MartletTesting
import Testing

/// The README is read as it is printed: its program is the one that is built, and its lines are run.
@Suite struct ReadmeTests {
    @Test func `the program in the README is the one that is compiled`() throws {
        let printed = try #require(blocks("swift").first)
        let compiled = try String(
            contentsOf: root.appending(path: "Sources/MartletExample/Program.swift"),
            encoding: .utf8
        )
        #expect(printed == compiled)
    }
}

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// The fenced blocks of a language in the README.
private func blocks(_ language: String) throws -> [String] {
    let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    return text.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
        $0.components(separatedBy: "```").first
    }
}
