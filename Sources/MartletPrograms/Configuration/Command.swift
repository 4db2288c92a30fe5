/// A program to run: an argument list and never a shell line, so nothing in a payload can be read as code.
package struct Command: Sendable, Equatable {
    /// The program and its arguments. A program without a slash is looked up in `PATH`; one with a slash that does not
    /// start with it is relative to `directory`.
    package var arguments: [String]
    /// Added to the worker's own environment, which comes without `MARTLET_REDIS_URL`.
    package var environment: [String: String]
    /// Where it runs. `nil` is the worker's own working directory.
    package var directory: String?

    package init(arguments: [String], environment: [String: String] = [:], directory: String? = nil) {
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }
}

extension Command {
    /// Payloads up to this many bytes are also handed over in `MARTLET_PAYLOAD`.
    package static let largestPayloadInEnvironment = 32 * 1024

    /// The variables every command finds: `MARTLET_JOB_ID`, `MARTLET_ATTEMPT` (counted from 1) and, when it is small
    /// enough and is text, `MARTLET_PAYLOAD`. Standard input has the payload in any case.
    package static func environment(jobID: String, attempt: Int, payload: [UInt8]) -> [String: String] {
        var variables = ["MARTLET_JOB_ID": jobID, "MARTLET_ATTEMPT": String(attempt)]
        if payload.count <= largestPayloadInEnvironment, !payload.contains(0) {
            variables["MARTLET_PAYLOAD"] = String(validating: payload, as: UTF8.self)
        }
        return variables
    }
}
