internal import Foundation

/// Readers of files that somebody else wrote, as text.
enum BoundedFile {
    /// Reads a file of at most `limit` bytes; `bound` is the limit in words for people.
    ///
    /// - Throws: `ConfigurationError` with the reason: the file cannot be read, is larger than the limit or is no text.
    static func read(_ path: String, limit: Int, of bound: String) throws(ConfigurationError) -> String {
        let bytes: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            bytes = try file.read(upToCount: limit + 1) ?? Data()
        } catch {
            throw ConfigurationError(file: path, "cannot be read: \(reason(error))")
        }
        guard bytes.count <= limit else { throw ConfigurationError(file: path, "is larger than \(bound)") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: path, "is not UTF-8 text")
        }
        return text
    }

    private static func reason(_ error: any Error) -> String {
        let error = error as NSError
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        return cause.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(cause.code))) : "\(error)"
    }
}
