import Foundation

/// A disk of a few megabytes, in memory.
///
/// Mounting takes root; a test that can't have one fails and says so.
struct SmallDisk: Sendable {
    let path: String
    private var filler: String { "\(path)/filler" }

    /// Leaves no room.
    ///
    /// It may take a few calls while others still write.
    func fill() throws {
        guard FileManager.default.createFile(atPath: filler, contents: nil) else {
            throw Mishap("no file on the small disk")
        }
        let file = try FileHandle(forWritingTo: URL(filePath: filler))
        defer { try? file.close() }  // nothing that is still wanted
        for size in [64 << 10, 4096, 1] {
            do {
                while true { try file.write(contentsOf: Data(count: size)) }
            } catch let error as CocoaError where error.code == .fileWriteOutOfSpace {
                continue
            }
        }
    }

    /// Makes room again.
    func clear() throws {
        try FileManager.default.removeItem(atPath: filler)
    }
}

/// Runs `body` with a small disk, and takes it away.
func withSmallDisk(megabytes: Int, body: (SmallDisk) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-disk-\(UUID().uuidString)").path
    let disk = SmallDisk(path: "\(folder)/disk")
    try FileManager.default.createDirectory(atPath: disk.path, withIntermediateDirectories: true)
    func run(_ program: String, _ arguments: [String]) async throws {
        let ended = try await MartletProcess(arguments, executable: program, folder: folder).ended()
        guard ended.status == 0 else { throw Mishap("\(program): \(ended.errors)") }
    }
    let result: Result<Void, any Error>
    do {
        try await run("/bin/mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", disk.path])
        do {
            result = .success(try await body(disk))
        } catch {
            result = .failure(error)
        }
        try await run("/bin/umount", [disk.path])
    } catch {
        try FileManager.default.removeItem(atPath: folder)
        throw error
    }
    try FileManager.default.removeItem(atPath: folder)
    try result.get()
}
