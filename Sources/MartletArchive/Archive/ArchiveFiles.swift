#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The files of one database as they were when it was opened, to notice that somebody took them away: SQLite itself
/// would go on writing into files that nobody can find any more.
struct ArchiveFiles: Sendable, Equatable {
    private struct File: Sendable, Equatable {
        let device: UInt64
        let inode: UInt64
    }
    private let main: File?
    private let log: File?

    /// Of the files that are there now.
    init(path: String) {
        main = Self.status(path).map { File(device: UInt64($0.st_dev), inode: UInt64($0.st_ino)) }
        log = Self.status(path + "-wal").map { File(device: UInt64($0.st_dev), inode: UInt64($0.st_ino)) }
    }

    /// Whether both are there.
    var isComplete: Bool { main != nil && log != nil }

    /// What became of them since, in words; nil when they are as they were.
    func change(path: String) -> String? {
        let now = ArchiveFiles(path: path)
        if now.main == nil { return "\(path): the file was deleted or moved while it was open" }
        if now.main != main { return "\(path): another file was put in its place while it was open" }
        if now.log != log { return "\(path)-wal: the file was deleted or replaced while it was in use" }
        return nil
    }

    /// In bytes; nil where there is no file.
    static func size(_ path: String) -> Int64? {
        status(path).map { Int64($0.st_size) }
    }

    /// Whether that is a folder, and can never be an archive.
    static func isFolder(_ path: String) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// Gives a database and what belongs to it a name beside its own, and tells which.
    static func setAside(_ path: String) throws(ArchiveError) -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let aside = "\(path).damaged-\(now.tv_sec)"
        for ending in ["", "-wal", "-shm"] where rename(path + ending, aside + ending) != 0 && errno != ENOENT {
            throw ArchiveError(.io, "\(path)\(ending): it can't be renamed: \(String(cString: strerror(errno)))")
        }
        return aside
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}
