internal import Synchronization

/// A job's full id: its queue and, after a slash, an id that is unique within the queue: `mail/01jd3x…`.
///
/// Every key of the job can be found from it alone.
public struct JobID: Sendable, Hashable, CustomStringConvertible {
    /// The name of the queue.
    public let queue: String
    /// The part after the slash, as it stands in keys and sets.
    public let local: String

    /// Makes an id of its two parts.
    ///
    /// - Throws: ``JobError`` with the code `invalid` when either part is not a name.
    public init(queue: String, local: String) throws(JobError) {
        self.queue = try Name.checked(queue, field: "queue")
        self.local = try Name.checked(local, field: "id")
    }

    /// Reads `queue/id`.
    ///
    /// - Throws: ``JobError`` with the code `invalid` when the text is not such an id.
    public init(_ text: String) throws(JobError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw .invalid("job id", text, "write queue/id, for example mail/01jd3x0000000000000000000")
        }
        try self.init(queue: String(parts[0]), local: String(parts[1]))
    }

    /// The full id, `queue/id`.
    public var description: String { "\(queue)/\(local)" }

    /// Makes a new local id: 50 bits of milliseconds and 60 random bits in Crockford's base 32, lower case, 22
    /// characters.
    ///
    /// It is a shorter ULID, because Redis keeps each id three times. Ids made by one process sort in the order they
    /// were made, even within a millisecond.
    package static func makeLocal() -> String {
        generator.withLock { $0.next() }
    }

    private static let generator = Mutex(TimeOrderedGenerator())
}

private struct TimeOrderedGenerator {
    private var last: UInt64 = 0
    private var random: UInt64 = 0

    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    mutating func next() -> String {
        let now = WallClock.milliseconds()
        if now > last {
            last = now
            // One bit less than there is room for, so that counting on never overflows.
            random = .random(in: 0..<1 << 59)
        } else {
            random += 1
        }
        return String(unsafeUninitializedCapacity: 22) { buffer in
            for place in 0..<10 {
                buffer[place] = Self.digits[Int((last >> UInt64(45 - 5 * place)) & 31)]
            }
            for place in 0..<12 {
                buffer[10 + place] = Self.digits[Int((random >> UInt64(55 - 5 * place)) & 31)]
            }
            return 22
        }
    }
}
