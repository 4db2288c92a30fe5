#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
internal import MartletSQLite

/// The files of one archive as they were when it was opened.
///
/// They show when somebody took the files away: SQLite itself would go on writing into files that nobody can find.
struct ArchiveFiles: Sendable, Equatable {
    private let main: DatabaseFile.Identity?
    private let log: DatabaseFile.Identity?

    /// Remembers the files that are there now.
    init(path: String) {
        main = DatabaseFile.Identity(path)
        log = DatabaseFile.Identity(path + "-wal")
    }

    /// True when the database and its log are both there.
    var isComplete: Bool { main != nil && log != nil }

    /// Describes in words what has become of the files since; nil when they are as they were.
    func change(path: String) -> String? {
        let now = ArchiveFiles(path: path)
        if now.main == nil { return "\(path): the file was deleted or moved while it was open" }
        if now.main != main { return "\(path): another file was put in its place while it was open" }
        if now.log != log { return "\(path)-wal: the file was deleted or replaced while it was in use" }
        return nil
    }

    /// Renames a database with the files that belong to it, beside its old name.
    /// - Returns: the new path.
    static func setAside(_ path: String) throws(ArchiveError) -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let aside = "\(path).damaged-\(now.tv_sec)"
        for ending in ["", "-wal", "-shm"] where rename(path + ending, aside + ending) != 0 && errno != ENOENT {
            throw ArchiveError(.io, "\(path)\(ending): it can't be renamed: \(String(cString: strerror(errno)))")
        }
        return aside
    }
}
