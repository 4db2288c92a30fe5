package import RedisClient

/// The parts in which the hash of a job holds a short payload: the fields `payload.1`, `payload.2` and so on.
///
/// `lua/include/cut.lua` says why. A release that is older than this form finds no payload in such a hash. So workers
/// and archivers say in Redis that they read it, and a client has payloads cut only while all of them do.
package struct PayloadParts: Sendable {
    /// The parts from the first on, joined, and how many these are.
    private var bytes: [UInt8] = []
    private var count = 0
    /// The parts that came before one of a lower number: a hash in Redis's large form gives its fields in any order.
    private var early: [Int: [UInt8]] = [:]

    /// The field by which a worker says in its hash that it reads payloads in parts.
    ///
    /// In `martlet:archiver` it holds the id of the archiver that says so, which may not be the holder of the lease.
    package static let readerField = "reads_parts"

    package init() {}

    /// Takes a field of a job's hash; one that is no part of a payload is passed over.
    package mutating func take(_ name: String, _ value: RedisValue) {
        guard let number = Self.number(of: name), let part = value.bytes else { return }
        guard number == count + 1 else { return early[number] = part }
        append(part)
        while !early.isEmpty, let next = early.removeValue(forKey: count + 1) { append(next) }
    }

    private mutating func append(_ part: [UInt8]) {
        bytes.append(contentsOf: part)
        count += 1
    }

    /// The names that the scripts write.
    private static let names = (1...5).map { "payload.\($0)" }

    private static func number(of name: String) -> Int? {
        if let place = names.firstIndex(of: name) { return place + 1 }
        return name.hasPrefix("payload.") ? Int(name.dropFirst(8)) : nil
    }

    /// The whole payload; nil when there is no part, or one is missing.
    package var joined: [UInt8]? { count > 0 && early.isEmpty ? bytes : nil }
}
