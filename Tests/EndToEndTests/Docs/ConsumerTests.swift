import Foundation
import MartletTesting
import Testing

/// Packages outside of this repository that depend on it with the lines of the README.
///
/// They are built from nothing, which takes minutes: `ops/test --everywhere` runs these.
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

            // In the same folder, where what both are built on stands already.
            let outbox = manifest.replacing("MartletWorker", with: "MartletOutbox")
                .replacing(/\s*\.testTarget.*\n/, with: "\n")
            try package.depend(outbox)
            try package.write(Self.spooling, to: "Sources/shop/Program.swift")
            try package.remove("Tests")
            let run = try await package.swift("run", "shop", "\(stage.folder)/spool.db")
            #expect(run.status == 0 && run.output == "taken in\n", "\(run.errors.suffix(2000))")
            let now = try package.built()
            #expect(now.isSuperset(of: ["MartletOutbox", "GRDB"]))
            #expect(now.isDisjoint(with: ["Yams", "ArgumentParser", "MartletArchive", "MartletCLI"]))
        }
    }

    /// Takes a job in without a Redis.
    private static let spooling = """
        import Martlet
        import MartletOutbox

        struct Greet: Job {
            static let jobType = "greet"
        }

        @main
        struct Program {
            static func main() async throws {
                let jobs = try JobClient(spool: CommandLine.arguments[1])
                try await jobs.enqueue(Greet())
                print("taken in")
            }
        }
        """
}

/// A package in a folder of its own that depends on this one by path.
private struct ConsumerPackage {
    private let stage: Stage
    private let folder: URL

    /// Makes the package from a manifest with a dependency by an address, which is replaced by one by path.
    init(_ stage: Stage, manifest: String) throws {
        self.stage = stage
        folder = URL(filePath: "\(stage.folder)/consumer")
        // A dependency by path is called by its folder, and the folder may be called anything.
        try FileManager.default.createSymbolicLink(
            atPath: "\(stage.folder)/martlet",
            withDestinationPath: Page.root.path
        )
        try depend(manifest)
        try write(
            try String(contentsOf: Page.root.appending(path: "Package.resolved"), encoding: .utf8),
            to: "Package.resolved"
        )
    }

    /// Writes a manifest, with this repository in the place of the address.
    func depend(_ manifest: String) throws {
        let local = manifest.replacing(/\.package\(url: [^)]*\)/, with: #".package(path: "../martlet")"#)
        try write(local, to: "Package.swift")
    }

    func remove(_ path: String) throws {
        try FileManager.default.removeItem(at: folder.appending(path: path))
    }

    func write(_ text: String, to path: String) throws {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func swift(_ command: String, _ rest: String...) async throws -> MartletProcess.Ended {
        let arguments = ["swift", command, "--package-path", folder.path] + rest
        return try await stage.start(arguments, executable: "/usr/bin/env").ended(within: .seconds(3600))
    }

    /// The modules that were built.
    ///
    /// The build folder has a folder of each target that could be, built or not.
    func built() throws -> Set<String> {
        let modules = folder.appending(path: ".build/debug/Modules").path
        let files = try FileManager.default.contentsOfDirectory(atPath: modules).filter { $0.hasSuffix(".swiftmodule") }
        return Set(files.map { String($0.dropLast(".swiftmodule".count)) })
    }
}
