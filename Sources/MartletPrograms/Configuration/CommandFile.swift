internal import CLauncher
internal import Foundation
package import Martlet

/// The content of `martlet.yaml`: the queues to work on, the command of each job type, and the schedules.
package struct CommandFile: Sendable, Equatable {
    /// A queue to work on.
    ///
    /// A higher weight is looked at more often.
    package struct Queue: Sendable, Equatable {
        package var name: String
        package var weight: Int
    }

    /// A job type that is a command.
    ///
    /// A value that is `nil` is left to the worker's defaults.
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
        /// The time after the enqueueing from which on no attempt starts.
        ///
        /// It holds for jobs that `martlet job enqueue` and the schedules of the file enqueue.
        package var deadline: Duration?
    }

    /// The archive of finished jobs.
    ///
    /// A value that is `nil` is left to the archiver's defaults.
    package struct ArchiveSettings: Sendable, Equatable {
        /// The path of the file.
        ///
        /// A relative one begins at the folder of the configuration.
        package var path: String
        package var after: Duration?
        package var retention: Duration?
    }

    /// The queues to work on; `nil` when the file names none, otherwise the queue of every job is among them.
    ///
    /// Without weights in the file each has 1.
    package var queues: [Queue]?
    /// The number of jobs that run at once; `nil` is the worker's default.
    package var concurrency: Int?
    /// The job types, in the order of the file, each once.
    package var jobs: [Job]
    /// The schedules that the file declares, in its order; their job types are among those of the file.
    package var schedules: [Schedule] = []
    package var archive: ArchiveSettings?
}

extension CommandFile {
    /// The reason why a file is read.
    package enum Purpose: Sendable {
        /// The commands of the file will run, so every variable that it names has to be set.
        case working
        /// Something is looked up, for example a type's queue, on a machine that may not be able to run the commands.
        case lookingUp
    }

    /// The most commands that can run at once: the guard's table has no more places.
    package static let mostConcurrency = Int(LAUNCHER_MAX_GROUPS)

    /// The most bytes of a file, enough for some 30,000 schedules; larger files are refused.
    package static let largestFile = 4 * 1024 * 1024

    /// Reads the file.
    ///
    /// Relative paths in it start at the file's folder.
    ///
    /// - Throws: `ConfigurationError` with every problem found.
    package static func load(path: String, for purpose: Purpose = .working) throws(ConfigurationError) -> CommandFile {
        let text = try BoundedFile.read(path, limit: largestFile, of: "4 MiB; split it, and run a worker for each part")
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        return try parse(text, file: path, folder: folder, for: purpose)
    }
}
