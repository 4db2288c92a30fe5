/// A program to run: an argument list and never a shell line, so nothing in a payload can be read as code.
package struct Command: Sendable, Equatable {
    /// The program and its arguments.
    ///
    /// A program without a slash is looked up in `PATH`; one with a slash that does not start with it is relative to
    /// `directory`.
    package var arguments: [String]
    /// The variables that are added to the worker's own environment, which comes without `MARTLET_REDIS_URL`.
    package var environment: [String: String]
    /// The variables whose values are in files, with the paths of these files.
    ///
    /// The files are read at each start, so that a secret can be exchanged; line ends at the end of a file are left
    /// out.
    package var secrets: [String: String] = [:]
    /// The folder that it runs in.
    ///
    /// `nil` is the worker's own working directory.
    package var directory: String?
    /// The user that it runs as, by name or number.
    ///
    /// `nil` is the worker's own user; only root can have another.
    package var user: String?
    package var limits = CommandLimits()
    /// The rights that new files do not get, as in `umask`.
    ///
    /// `nil` is the worker's own.
    package var mask: Int32?
    /// The time between SIGTERM and SIGKILL when it is cancelled or its time is up.
    ///
    /// Zero kills at once; `nil` is the runner's.
    package var killAfter: Duration?

    package init(arguments: [String], environment: [String: String] = [:], directory: String? = nil) {
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }
}

extension Command {
    /// Payloads up to this many bytes are also handed over in `MARTLET_PAYLOAD`.
    package static let largestPayloadInEnvironment = 32 * 1024

    /// The variables that every command finds: `MARTLET_JOB_ID`, `MARTLET_ATTEMPT` (counted from 1) and, when the
    /// payload is small enough and is text, `MARTLET_PAYLOAD`.
    ///
    /// Standard input has the payload in any case.
    package static func environment(jobID: String, attempt: Int, payload: [UInt8]) -> [String: String] {
        var variables = ["MARTLET_JOB_ID": jobID, "MARTLET_ATTEMPT": String(attempt)]
        if payload.count <= largestPayloadInEnvironment, !payload.contains(0) {
            variables["MARTLET_PAYLOAD"] = String(validating: payload, as: UTF8.self)
        }
        return variables
    }
}

extension Command {
    /// The largest file that a variable's value is read from, in bytes.
    package static let largestSecret = 64 * 1024

    /// Reads the variables whose values are in files.
    ///
    /// - Throws: `CommandFailure.secret`, which never has a value in it.
    func readSecrets() throws(CommandFailure) -> [String: String] {
        var values: [String: String] = [:]
        for (name, path) in secrets {
            do throws(ConfigurationError) {
                let text = try BoundedFile.read(path, limit: Self.largestSecret, of: "64 KiB")
                let value = String(text.reversed().drop { $0.isNewline }.reversed())
                guard !value.utf8.contains(0) else { throw ConfigurationError(file: path, "has a NUL character") }
                values[name] = value
            } catch {
                throw .secret(name, file: path, error.problems.map(\.message).joined(separator: "; "))
            }
        }
        return values
    }
}
