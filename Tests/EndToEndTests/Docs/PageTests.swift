import ArgumentParser
import Foundation
import Martlet
import MartletPrograms
import MartletTesting
import Testing

@testable import MartletCLI

/// What the pages print is so: Swift compiles, commands are understood, files are read, links lead somewhere.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct PageTests {
    @Test(arguments: try Page.all())
    func `the Swift of a page compiles`(page: Page) async throws {
        let blocks = try page.blocks("swift").filter { !$0.text.contains("import PackageDescription") }
        guard !blocks.isEmpty else { return }
        try await withStage { stage in
            let compiler = try SwiftChecker(stage)
            for block in blocks where block.text.contains("@main") {
                let said = try await compiler.check(block.text, name: "Program")
                #expect(said == "", "\(page.path):\(block.line)")
            }
            let rest = blocks.filter { !$0.text.contains("@main") }
            let said = try await compiler.check(SwiftPage(page, rest).source, name: "\(page.name)Page")
            #expect(said == "", "\(page.path)")
        }
    }

    @Test(arguments: try Page.all())
    func `the commands of a page are understood`(page: Page) async throws {
        let blocks = try page.blocks("sh")
        guard !blocks.isEmpty else { return }
        try await withStage { stage in
            for block in blocks {
                for command in try await ShellBlock(block, stage).commands() {
                    #expect(throws: Never.self, "\(page.path): martlet \(command.joined(separator: " "))") {
                        _ = try MartletCommand.parseAsRoot(command)
                    }
                }
            }
        }
    }

    @Test(arguments: try Page.all())
    func `the configurations of a page are read`(page: Page) throws {
        for block in try page.blocks("yaml") {
            let file = try CommandFile.parse(block.text, file: page.path, folder: "/srv")
            #expect(!file.jobs.isEmpty, "\(page.path):\(block.line)")
        }
    }

    @Test(arguments: try Page.all())
    func `the links of a page lead to files and headings`(page: Page) throws {
        for match in try page.text().matches(of: /\]\((?<path>[^):#]*)(?:#(?<heading>[^)]*))?\)/) {
            let target = page.file.deletingLastPathComponent().appending(path: String(match.output.path))
            #expect(FileManager.default.fileExists(atPath: target.path), "\(page.path): \(match.output.path)")
            guard let heading = match.output.heading else { continue }
            let headings = try String(contentsOf: target, encoding: .utf8).split(separator: "\n")
                .filter { $0.hasPrefix("#") }
                .map {
                    $0.drop { $0 == "#" }.dropFirst().lowercased().filter {
                        $0.isLetter || $0.isNumber || " -".contains($0)
                    }
                }
                .map { $0.replacing(" ", with: "-") }
            #expect(headings.contains(String(heading)), "\(page.path): #\(heading)")
        }
    }

    @Test func `the page of commands has every command`() throws {
        let text = try Page.named("commands").text()
        func look(_ command: any ParsableCommand.Type, _ path: String) {
            let subcommands = command.configuration.subcommands
            if subcommands.isEmpty { #expect(text.contains("\(path)"), "\(path)") }
            for subcommand in subcommands { look(subcommand, "\(path) \(subcommand._commandName)") }
        }
        look(MartletCommand.self, "martlet")
    }

    @Test func `the page about one job names files that are there`() throws {
        let files = try #require(FileManager.default.subpaths(atPath: Page.root.path)).filter {
            $0.hasPrefix("Sources/") || $0.hasPrefix("Tests/") || $0.hasPrefix("lua/") || $0 == "Package.swift"
        }
        let page = try Page.named("Architecture")
        for match in try page.text().matches(of: /`(?<path>[A-Za-z+\/]+\.(?:swift|lua))`/)
        where !match.output.path.contains("NAME") {
            #expect(files.contains { $0.hasSuffix("\(match.output.path)") }, "\(page.path): \(match.output.path)")
        }
    }
}

/// The blocks of a page as one source file: what they declare and do stands in one function, one after the other.
private struct SwiftPage {
    let source: String

    init(_ page: Page, _ blocks: [Page.Block]) {
        var imports: Set = ["import Foundation", "import Martlet", "import MartletWorker"]
        var (tests, body) = ("", "")
        for block in blocks {
            let lines = block.text.split(separator: "\n", omittingEmptySubsequences: false)
            imports.formUnion(lines.filter { $0.hasPrefix("import ") }.map(String.init))
            let text = lines.map { $0.hasPrefix("import ") ? "" : "\($0)\n" }.joined()
            let placed = "#sourceLocation(file: \"\(page.path)\", line: \(block.line))\n\(text)#sourceLocation()\n"
            if text.contains("@Test") { tests += placed } else { body += placed }
        }
        source = """
            \(imports.sorted().joined(separator: "\n"))
            struct WelcomeEmail: Job {
                static let jobType = "email.welcome"
                let to: String
            }
            struct SendInvoice: Job {
                static let jobType = "invoice.send"
                let order: Int
            }
            \(page.name == "OutboxAndSpool" ? Self.database : "")
            \(tests)
            func page(_ jobs: JobClient, _ handlers: JobHandlers) async throws {
                do {
            \(body)
                }
            }
            """
    }

    private static let database = """
        struct Order: Codable, PersistableRecord { var id = 7 }
        var order: Order { Order() }
        var database: DatabaseQueue { get throws { try DatabaseQueue() } }
        """
}

/// A block of shell lines, run with programs in the place of the real ones that only say how they were called.
private struct ShellBlock {
    private let block: Page.Block
    private let stage: Stage
    private let log: String

    init(_ block: Page.Block, _ stage: Stage) throws {
        self.block = block
        self.stage = stage
        log = "\(stage.folder)/calls"
        // One write a call: one in the background comes at the same time as the next.
        for (program, body) in [
            (
                "martlet",
                #"printf '%s\n' "$@" '' >>"\#(log)"; echo default/my-job-1"#
            ),
            ("redis-cli", "echo 1"), ("sqlite3", "echo 1"), ("swift", "true"),
        ] {
            let file = try stage.write("#!/bin/sh\n\(body)\n", to: program)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: file)
        }
    }

    /// The arguments of each call of `martlet`.
    func commands() async throws -> [[String]] {
        try Data().write(to: URL(filePath: log))
        let script = try stage.write(block.text, to: "block.sh")
        let path = "\(stage.folder):/usr/bin:/bin"
        let ended = try await stage.start("-e", script, executable: "/bin/bash", environment: ["PATH": path]).ended()
        guard ended.status == 0, ended.errors.isEmpty else {
            throw Mishap("line \(block.line): \(ended.status) \(ended.errors)")
        }
        return try String(contentsOfFile: log, encoding: .utf8).components(separatedBy: "\n\n").dropLast().map {
            $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
    }
}
