internal import CLauncher
internal import Foundation
package import Martlet

/// What `martlet.yaml` says: which queues to work on, which command each job type runs, and what is run by the clock.
package struct CommandFile: Sendable, Equatable {
    /// A queue to work on. A higher weight is looked at more often.
    package struct Queue: Sendable, Equatable {
        package var name: String
        package var weight: Int
    }

    /// A job type that is a command. What is `nil` is left to the worker's defaults.
    package struct Job: Sendable, Equatable {
        /// The job type.
        package var type: String
        package var command: Command
        package var queue: String
        package var maxRetries: Int?
        package var timeLimit: Duration?
        package var backoff: Duration?
        package var backoffMax: Duration?
        package var retention: Duration?
    }

    /// Where finished jobs go. What is `nil` is left to the archiver's defaults.
    package struct ArchiveSettings: Sendable, Equatable {
        /// The file; one that is relative is so to the folder of the configuration.
        package var path: String
        package var after: Duration?
        package var retention: Duration?
    }

    /// `nil` when the file names none; otherwise the queue of every job is among them. Without weights in the file each
    /// has 1.
    package var queues: [Queue]?
    /// How many jobs run at once.
    package var concurrency: Int?
    /// In the order of the file, each type once.
    package var jobs: [Job]
    /// What the file declares, in its order; their job types are among those of the file.
    package var schedules: [Schedule] = []
    package var archive: ArchiveSettings?
}

extension CommandFile {
    /// How many commands can run at once: the guard's table has no more places.
    package static let mostConcurrency = Int(LAUNCHER_MAX_GROUPS)

    /// Where a job goes that has no `queue`.
    package static let defaultQueue = "default"

    /// Files larger than this many bytes are refused.
    package static let largestFile = 1024 * 1024

    /// Reads the file. A relative `directory` in it starts at the file's folder.
    ///
    /// - Throws: `ConfigurationError` with every problem found.
    package static func load(path: String) throws(ConfigurationError) -> CommandFile {
        let url = URL(filePath: path)
        let bytes: Data
        do {
            let file = try FileHandle(forReadingFrom: url)
            bytes = try file.read(upToCount: largestFile + 1) ?? Data()
        } catch {
            throw ConfigurationError(file: path, "cannot be read: \(reason(error))")
        }
        guard bytes.count <= largestFile else {
            throw ConfigurationError(file: path, "is larger than 1 MiB; a configuration is a few hundred lines")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: path, "is not UTF-8 text")
        }
        return try parse(text, file: path, folder: url.deletingLastPathComponent().path(percentEncoded: false))
    }

    private static func reason(_ error: any Error) -> String {
        let error = error as NSError
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        return cause.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(cause.code))) : "\(error)"
    }
}
