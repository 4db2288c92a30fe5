internal import Glibc

/// Finds a program the way `execvp` does, but before the fork: the child must not allocate, and the error is clearer.
enum ProgramPath {
    /// The path to execute for a name from an argument list. A name with a slash is taken as it is.
    static func find(_ name: String, in search: String?) throws(CommandFailure) -> String {
        if name.utf8.contains(UInt8(ascii: "/")) { return name }
        var error = ENOENT
        for folder in (search ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
            let path = "\(folder)/\(name)"
            guard isFile(path) else { continue }
            if access(path, X_OK) == 0 { return path }
            error = EACCES
        }
        throw .program(name, error)
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
