internal import Algorithms
internal import FoundationEssentials
internal import RedisClient

/// Readers for replies, which throw for a reply of the wrong shape: taken for "none", it would hide jobs.
extension RedisValue {
    /// The texts of a list; `command` is named in the error when the reply is no such list.
    func texts(_ command: String) throws(JobError) -> [String] {
        guard let items = array else { throw .wrongShape(command, "a list") }
        let texts = items.compactMap(\.string)
        guard texts.count == items.count else { throw .wrongShape(command, "a list of texts") }
        return texts
    }

    /// A whole number.
    func number(_ command: String) throws(JobError) -> Int {
        guard let int else { throw .wrongShape(command, "a whole number") }
        return int
    }

    /// The time that `TIME` answers, in whole milliseconds.
    func clock() throws(JobError) -> Date {
        guard let parts = array, parts.count == 2, let seconds = parts[0].int, let micros = parts[1].int else {
            throw .wrongShape("TIME", "a time")
        }
        return Date(
            milliseconds: Int64(seconds).multipliedReportingOverflow(by: 1000).partialValue &+ Int64(micros / 1000)
        )
    }

    /// The fields in a flat list of names and values, as `HGETALL` answers it.
    func fields(_ command: String) throws(JobError) -> StoredHash {
        StoredHash(Dictionary(try pairs(command)) { _, last in last })
    }

    /// The pairs in a flat list of texts: names and values, or members and scores.
    func pairs(_ command: String) throws(JobError) -> [(String, String)] {
        let texts = try texts(command)
        guard texts.count.isMultiple(of: 2) else { throw .wrongShape(command, "pairs of texts") }
        return texts.chunks(ofCount: 2).map { ($0[$0.startIndex], $0[$0.startIndex + 1]) }
    }
}

extension JobError {
    /// The error for a reply that Redis never gives to this command.
    static func wrongShape(_ command: String, _ expected: String) -> JobError {
        JobError(.malformed, "\(command) was not answered with \(expected)")
    }

    /// The error for a hash that is not a job's.
    static func notAJob(_ id: JobID) -> JobError {
        JobError(.malformed, "the hash of \(id) has no type, or no state that this release knows")
    }
}
