import Foundation

/// The compiler, with the modules that were built for these tests.
struct SwiftChecker {
    private let stage: Stage
    private let flags: [String]

    init(_ stage: Stage) throws {
        self.stage = stage
        let products = URL(filePath: MartletProcess.martlet).deletingLastPathComponent()
        let checkouts = products.appending(path: "../../checkouts").standardized
        // SwiftPM writes a map for each C target that brings none.
        let maps = try Self.maps(in: products, below: 1) + Self.maps(in: checkouts, below: 6)
        flags =
            ["-typecheck", "-swift-version", "6", "-parse-as-library", "-I", products.appending(path: "Modules").path]
            + (maps + [Page.root.appending(path: "Sources/CHiredis/module.modulemap").path])
            .flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }
    }

    /// What the compiler says of a source text; an empty text when it has nothing to say.
    func check(_ source: String, name: String) async throws -> String {
        let file = try stage.write(source, to: "\(name).swift")
        let ended = try await stage.start(["swiftc"] + flags + [file], executable: "/usr/bin/env").ended(
            within: .seconds(600)
        )
        return ended.status == 0 && !ended.errors.contains("error:") ? "" : ended.errors + ended.output
    }

    private static func maps(in folder: URL, below depth: Int) throws -> [String] {
        let manager = FileManager.default
        guard let files = manager.enumerator(atPath: folder.path) else { throw Mishap("there is no \(folder.path)") }
        var maps: [String] = []
        while let file = files.nextObject() as? String {
            if files.level > depth { files.skipDescendants() }
            guard file.hasSuffix("module.modulemap"), depth == 1 || file.contains("/Sources/") else { continue }
            guard !file.contains("/Darwin"), !file.contains("-tool.build") else { continue }
            maps.append(folder.appending(path: file).path)
        }
        return maps
    }
}
