internal import Synchronization

/// A job's full id: its queue and, after a slash, an id that is unique within it: `mail/01jd3x…`.
///
/// Any of the job's keys can be found from it alone.
public struct JobID: Sendable, Hashable, CustomStringConvertible {
    public let queue: String
    /// The part after the slash, as it stands in keys and sets.
    public let local: String

    /// - Throws: ``JobError`` with the code `invalid` when either part is not a name.
    public init(queue: String, local: String) throws(JobError) {
        self.queue = try Name.checked(queue, field: "queue")
        self.local = try Name.checked(local, field: "id")
    }

    /// Reads `queue/id`.
    /// - Throws: ``JobError`` with the code `invalid`.
    public init(_ text: String) throws(JobError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw .invalid("job id", text, "write queue/id, for example mail/01jd3x0000000000000000000")
        }
        try self.init(queue: String(parts[0]), local: String(parts[1]))
    }

    public var description: String { "\(queue)/\(local)" }

    /// A new local id: 48 bits of milliseconds and 80 random ones in Crockford's base 32, lower case (a ULID). Ids made
    /// by one process sort in the order they were made, also within a millisecond.
    package static func makeLocal() -> String {
        generator.withLock { $0.next() }
    }

    private static let generator = Mutex(TimeOrderedGenerator())
}

private struct TimeOrderedGenerator {
    private var last: UInt64 = 0
    private var high: UInt16 = 0
    private var low: UInt64 = 0

    mutating func next() -> String {
        let now = WallClock.milliseconds()
        if now > last {
            last = now
            high = .random(in: 0...0x7fff)
            low = .random(in: 0...UInt64.max)
        } else {
            let (sum, overflow) = low.addingReportingOverflow(1)
            low = sum
            high &+= overflow ? 1 : 0
        }
        let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        return String(unsafeUninitializedCapacity: 26) { buffer in
            for place in 0..<10 {
                buffer[place] = digits[Int((last >> UInt64(45 - 5 * place)) & 31)]
            }
            let random = UInt128(high) << 64 | UInt128(low)
            for place in 0..<16 {
                buffer[10 + place] = digits[Int(truncatingIfNeeded: (random >> UInt128(75 - 5 * place)) & 31)]
            }
            return 26
        }
    }
}
