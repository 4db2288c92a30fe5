import Foundation
import MartletTesting
import Testing

/// Packages outside of this repository that depend on it with the lines of the README. They are built from nothing,
/// which takes minutes: `ops/test --everywhere` runs these.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MARTLET_TEST_EVERYWHERE"] != nil))
struct ConsumerTests {
    @Test func `the README's package builds, runs its test, and builds no database, no YAML and no command line`()
        async throws
    {
        try await withStage { stage in
            let swift = try Page.readme.blocks("swift").map(\.text)
            let manifest = try #require(swift.first { $0.contains("import PackageDescription") })
            let program = try #require(swift.first { $0.contains("@main") })
            let test = try #require(Page.named("Testing").blocks("swift").first).text
            let package = try ConsumerPackage(stage, manifest: manifest)
            try package.write(program, to: "Sources/shop/Program.swift")
            try package.write(
                "@testable import shop\nimport Martlet\nimport MartletWorker\n\(test)",
                to: "Tests/ShopTests/ShopTests.swift"
            )
            let ended = try await package.swift("test")
            #expect(ended.status == 0, "\(ended.output.suffix(2000))\(ended.errors.suffix(2000))")
            #expect(ended.output.contains("Test run with 1 test in"), "\(ended.output.suffix(500))")
            let built = try package.built()
            #expect(built.isSuperset(of: ["Martlet", "MartletWorker", "MartletTesting"]))
            #expect(built.isDisjoint(with: ["GRDB", "Yams", "ArgumentParser", "MartletArchive", "MartletCLI"]))
        }
    }
}

/// A package in a folder of its own that depends on this one by path.
private struct ConsumerPackage {
    private let stage: Stage
    private let folder: URL

    /// - Parameter manifest: with a dependency by an address, which is replaced.
    init(_ stage: Stage, manifest: String) throws {
        self.stage = stage
        folder = URL(filePath: "\(stage.folder)/consumer")
        // A dependency by path is called by its folder, and the folder may be called anything.
        try FileManager.default.createSymbolicLink(
            atPath: "\(stage.folder)/martlet",
            withDestinationPath: Page.root.path
        )
        let local = manifest.replacing(/\.package\(url: [^)]*\)/, with: #".package(path: "../martlet")"#)
        try write(local, to: "Package.swift")
        try write(
            try String(contentsOf: Page.root.appending(path: "Package.resolved"), encoding: .utf8),
            to: "Package.resolved"
        )
    }

    func write(_ text: String, to path: String) throws {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func swift(_ command: String) async throws -> MartletProcess.Ended {
        let arguments = ["swift", command, "--package-path", folder.path]
        return try await stage.start(arguments, executable: "/usr/bin/env").ended(within: .seconds(3600))
    }

    /// The targets of which something was built.
    func built() throws -> Set<String> {
        let products = folder.appending(path: ".build/debug").path
        let folders = try FileManager.default.contentsOfDirectory(atPath: products).filter { $0.hasSuffix(".build") }
        return Set(folders.map { String($0.dropLast(".build".count)) })
    }
}
