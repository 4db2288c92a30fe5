import Foundation

/// A page of the documentation, as it is printed: the README, an article of a DocC catalog, or a page for operators.
struct Page: Sendable, CustomStringConvertible {
    /// A fenced block of a page.
    struct Block: Sendable {
        let text: String
        /// The line of the page on which the text begins, counted from 1.
        let line: Int
    }

    /// The folder in which the README lies.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static let readme = Page(path: "README.md")

    /// Its path from the README's folder.
    let path: String

    var description: String { path }

    /// The file's name without its extension.
    var name: String { String(file.deletingPathExtension().lastPathComponent) }

    var file: URL { Self.root.appending(path: path) }

    func text() throws -> String { try String(contentsOf: file, encoding: .utf8) }

    /// The fenced blocks of a language, in order.
    func blocks(_ language: String) throws -> [Block] {
        var blocks: [Block] = []
        var open: (language: String, lines: [Substring], line: Int)?
        for (index, line) in try text().split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.hasPrefix("```") else {
                open?.lines.append(line)
                continue
            }
            if let block = open {
                let text = block.lines.map { "\($0)\n" }.joined()
                if block.language == language { blocks.append(Block(text: text, line: block.line)) }
                open = nil
            } else {
                open = (String(line.dropFirst(3)), [], index + 2)
            }
        }
        return blocks
    }

    /// The page with this name; every name is there once.
    static func named(_ name: String) throws -> Page {
        guard let page = try all().first(where: { $0.name == name }) else { throw Mishap("there is no page \(name)") }
        return page
    }

    /// All pages, sorted by path.
    static func all() throws -> [Page] {
        let manager = FileManager.default
        func files(_ folder: String) throws -> [String] {
            try manager.contentsOfDirectory(atPath: root.appending(path: folder).path).map { "\(folder)/\($0)" }
        }
        let catalogs = try files("Sources").flatMap(files).filter { $0.hasSuffix(".docc") }
        let paths = try (catalogs + ["ops"]).flatMap(files).filter { $0.hasSuffix(".md") }
        return [readme] + paths.sorted().map(Page.init)
    }
}
