internal import Foundation

/// Redis's own account of a run: every change, in order.
///
/// It is the append-only file, of which this keeps each piece alive by a link of its own, as Redis deletes them when it
/// rewrites the file.
struct Journal: Sendable {
    private let source: String
    private let folder: String

    init(dataFolder: String, folder: String) throws {
        source = "\(dataFolder)/appendonlydir"
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Links what is new.
    ///
    /// To be called more often than Redis rewrites.
    func collect() throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: source) where file.hasSuffix(".incr.aof") {
            let link = "\(folder)/\(file)"
            if !FileManager.default.fileExists(atPath: link) {
                try FileManager.default.linkItem(atPath: "\(source)/\(file)", toPath: link)
            }
        }
    }

    /// All commands from the beginning.
    func replay(_ each: ([ArraySlice<UInt8>]) -> Void) throws {
        func number(_ file: String) -> Int {
            file.split(separator: ".").compactMap { Int($0) }.first ?? 0
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        for file in files.sorted(by: { number($0) < number($1) }) {
            guard let handle = FileHandle(forReadingAtPath: "\(folder)/\(file)") else {
                throw ChaosError("the journal's \(file) can't be read")
            }
            defer { handle.closeFile() }
            var reader = CommandReader()
            while let data = try handle.read(upToCount: 4 << 20), !data.isEmpty {
                reader.append(data)
                while let command = reader.next() { each(command) }
            }
        }
    }
}
