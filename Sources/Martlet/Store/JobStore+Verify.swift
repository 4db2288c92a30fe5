internal import MartletScripts
internal import RedisClient

/// A job that is not in the place that its hash names.
public struct MisplacedJob: Sendable, Hashable {
    /// The name of the queue.
    public let queue: String
    /// The fault, for example `waiting by its hash, in no state set`.
    public let wrong: String
    /// The word for what a repair did: `moved` or `removed`; nil when no repair was asked for.
    public let repaired: String?
    /// The bytes after the slash of the id, as they stand in keys and sets.
    let member: [UInt8]

    /// The job's full id; nil when what stands in Redis is no name, as somebody may have written it by hand.
    public var id: JobID? { try? JobID(queue: queue, local: String(decoding: member, as: UTF8.self)) }

    /// The full id for people: at most 200 characters, with those escaped that could harm a terminal.
    public var shown: String {
        Printable.escaped("\(queue)/\(String(decoding: member, as: UTF8.self))", limit: 200)
    }
}

extension JobStore {
    /// Reads which of these jobs, at most 500, are not where their hashes say (`lua/queue/verify.lua`).
    ///
    /// A job is named by the bytes of its id, which need not be a name.
    func verify(_ members: [[UInt8]], queue: String) async throws(JobError) -> [MisplacedJob] {
        let reply = try await run(.verify, on: keys.queue(queue), members.map { RedisArgument($0) })
        guard reply.word == "ok" else { throw reply.malformed() }
        var findings: [MisplacedJob] = []
        for item in reply.rest {
            guard let words = item.array, words.count == 2, let member = words[0].bytes, let wrong = words[1].string
            else { throw reply.malformed() }
            findings.append(MisplacedJob(queue: queue, wrong: wrong, repaired: nil, member: member))
        }
        return findings
    }

    /// Moves each of these jobs, at most 500, where its hash says (`lua/queue/repair.lua`).
    func repair(_ findings: [MisplacedJob], queue: String) async throws(JobError) -> [MisplacedJob] {
        let reply = try await run(.repair, on: keys.queue(queue), findings.map { RedisArgument($0.member) })
        guard reply.word == "ok", reply.words.count == findings.count else { throw reply.malformed() }
        return zip(findings, reply.words).map { finding, word in
            MisplacedJob(queue: queue, wrong: finding.wrong, repaired: word, member: finding.member)
        }
    }
}
