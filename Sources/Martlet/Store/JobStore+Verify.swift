internal import MartletScripts
internal import RedisClient

/// A job that is not in the place that its hash names.
public struct MisplacedJob: Sendable, Hashable {
    /// The job's full id.
    public let id: JobID
    /// The fault, for example `waiting by its hash, in no state set`.
    public let wrong: String
    /// The word for what a repair did: `moved` or `removed`; nil when no repair was asked for.
    public let repaired: String?
}

extension JobStore {
    /// Reads which of these jobs, at most 500, are not where their hashes say (`lua/queue/verify.lua`).
    func verify(_ ids: [String], queue: String) async throws(JobError) -> [MisplacedJob] {
        let reply = try await run(.verify, on: keys.queue(queue), ids.map { RedisArgument($0) })
        guard reply.word == "ok" else { throw reply.malformed() }
        var findings: [MisplacedJob] = []
        for item in reply.rest {
            let words = item.array?.compactMap(\.string) ?? []
            guard words.count == 2 else { throw reply.malformed() }
            // A member that is no name was not written by Martlet, and cannot be repaired by its id.
            guard let id = try? JobID(queue: queue, local: words[0]) else { continue }
            findings.append(MisplacedJob(id: id, wrong: words[1], repaired: nil))
        }
        return findings
    }

    /// Moves each of these jobs, at most 500, where its hash says (`lua/queue/repair.lua`).
    func repair(_ findings: [MisplacedJob], queue: String) async throws(JobError) -> [MisplacedJob] {
        let reply = try await run(.repair, on: keys.queue(queue), findings.map { RedisArgument($0.id.local) })
        guard reply.word == "ok", reply.words.count == findings.count else { throw reply.malformed() }
        return zip(findings, reply.words).map { MisplacedJob(id: $0.id, wrong: $0.wrong, repaired: $1) }
    }
}
