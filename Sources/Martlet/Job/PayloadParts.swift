package import RedisClient

/// The parts in which the hash of a job holds a short payload: the fields `payload.1`, `payload.2` and so on.
///
/// `lua/include/cut.lua` says why. A release that is older than this form finds no payload in such a hash. So workers
/// and archivers say in Redis that they read it, and a client has payloads cut only while all of them do.
package struct PayloadParts: Sendable {
    private var parts: [(number: Int, bytes: [UInt8])] = []

    /// The field by which a worker says in its hash that it reads payloads in parts.
    ///
    /// In `martlet:archiver` it holds the id of the archiver that says so, which may not be the holder of the lease.
    package static let readerField = "reads_parts"

    package init() {}

    /// Takes a field of a job's hash; one that is no part of a payload is passed over.
    package mutating func take(_ name: String, _ value: RedisValue) {
        guard name.hasPrefix("payload."), let number = Int(name.dropFirst(8)), let bytes = value.bytes else { return }
        parts.append((number, bytes))
    }

    /// The whole payload; nil when there is no part, or one is missing.
    package var joined: [UInt8]? {
        guard !parts.isEmpty else { return nil }
        // A hash in Redis's large form gives its fields in any order.
        let sorted = parts.sorted { $0.number < $1.number }
        guard sorted.map(\.number).elementsEqual(1...sorted.count) else { return nil }
        return Array(sorted.map(\.bytes).joined())
    }
}
