internal import ArgumentParser
internal import Martlet

extension Inspector {
    /// Finds the job that an argument means: by its id, or by a beginning of it that no other job's id has.
    ///
    /// Before a change `surely` is true: then a beginning counts only when every job was looked at. `onMissing` is
    /// called after the command has said that there is no such job. Unless it finds one job, it says why and throws
    /// `ExitCode.noMatch`.
    func named(_ id: JobID, surely: Bool = false, onMissing: () async throws -> Void = {}) async throws -> JobID {
        let resolved = try await resolve(id, within: surely ? .seconds(1) : .milliseconds(150))
        switch (resolved.matches.count, resolved.isCertain) {
        case (1, true): return resolved.matches[0]
        case (1, false) where !surely: return resolved.matches[0]
        case (0, true):
            Terminal.say("there is no job \(id)")
            try await onMissing()
        case (2..., _):
            throw ExitCode.ambiguous(id, resolved.matches)
        default:
            Terminal.say(
                "there is no job \(id), and there are too many to look for one that begins so; write the whole id"
            )
        }
        throw ExitCode.noMatch
    }
}

extension ExitCode {
    /// Says that an argument is the beginning of more than one id, and of which.
    static func ambiguous(_ id: JobID, _ candidates: [JobID]) -> ExitCode {
        let ids = candidates.map { "\($0)" }.joined(separator: " and ")
        Terminal.say("\(id) is the beginning of more than one id: \(ids); write more of it")
        return .noMatch
    }
}
