internal import Glibc
internal import Martlet

/// A search for programs the way `execvp` does it, but before the fork: the child must not allocate, and the error is
/// clearer.
enum ProgramPath {
    /// The path to execute for a name from an argument list.
    ///
    /// A name with a slash is taken as it is.
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

    /// The explanation of an error of `execve` that would mislead whoever reads only its name; nil where the name says
    /// all.
    static func hint(_ path: String, in directory: String?, _ error: Int32) -> String? {
        let file = path.hasPrefix("/") ? path : "\(directory ?? ".")/\(path)"
        guard isFile(file), let start = start(of: file) else { return nil }
        if error == ENOEXEC, !start.starts(with: "\u{7f}ELF".utf8) {
            return start.isEmpty
                ? "the file is empty"
                : "it is neither a program for this machine nor a script with a first line such as #!/bin/sh; add one, "
                    + "or write [sh, \(path)]"
        }
        guard error == ENOENT || error == EACCES || error == ENOTDIR else { return nil }
        if start.starts(with: "#!".utf8) {
            let line = start.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }
            guard let name = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 }).first else { return nil }
            let shown = Printable.escaped(String(decoding: name, as: UTF8.self), limit: 200)
            let interpreter = "its interpreter `\(shown)`, named in its first line,"
            if name.last == UInt8(ascii: "\r") {
                return "\(interpreter) does not exist: the script has Windows line ends (CRLF); save it with LF"
            }
            if error == ENOENT || error == ENOTDIR { return "\(interpreter) does not exist" }
            return access(file, X_OK) == 0 ? "\(interpreter) is not executable" : nil
        }
        guard error == ENOENT, start.starts(with: "\u{7f}ELF".utf8) else { return nil }
        return "the loader that it names does not exist: it was built for another system or C library"
    }

    /// The first 256 bytes of a file; nil where it cannot be read.
    private static func start(of path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(file, &bytes, bytes.count)
        return count < 0 ? nil : Array(bytes[..<count])
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
