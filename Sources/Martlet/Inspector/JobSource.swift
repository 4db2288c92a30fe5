internal import RedisClient

/// A sorted set of jobs, read page by page from one end to the other, or between two scores.
///
/// The end of a page is remembered by its last member and not by a rank, because other members may come and go between
/// pages.
struct JobSource {
    struct Candidate {
        /// The member of the set, which should be the local part of an id.
        let member: String
        let score: Double
        /// The place in the order of all sources; the lowest comes first.
        let key: Key
    }
    struct Key: Comparable {
        let group: Int
        let value: Double

        static func < (one: Key, other: Key) -> Bool { (one.group, one.value) < (other.group, other.value) }
    }

    let queue: String
    /// The set of the queue that this source reads.
    let place: JobCursor.Place
    let key: String
    /// The group of the source; all of a lower group comes before a higher one.
    let group: Int
    /// True when the set is read from the highest score down.
    let isReversed: Bool
    /// The lowest and the highest score that are asked for.
    let bounds: (least: Int64?, most: Int64?)
    /// The score that stands for zero in the order of all sources.
    let base: Double
    /// True when all of it was given at the start, and nothing is left to be read.
    let isWhole: Bool

    private(set) var buffer: ArraySlice<Candidate> = []
    private(set) var isAtEnd = false
    private var last: (member: String, score: String)?
    /// The score that the first page begins with, or behind.
    private var edge: (score: Double, isIncluded: Bool)?
    /// The member that an earlier search ended with; it and the members before it are left out.
    private var passed: (member: String, score: Double)?

    init(
        queue: String,
        place: JobCursor.Place,
        key: String,
        group: Int = 0,
        isReversed: Bool,
        bounds: (least: Int64?, most: Int64?) = (nil, nil),
        base: Double = 0,
        whole: [(member: String, score: Double)]? = nil
    ) {
        self.queue = queue
        self.place = place
        self.key = key
        self.group = group
        self.isReversed = isReversed
        self.bounds = bounds
        self.base = base
        isWhole = whole != nil
        guard let whole else { return }
        isAtEnd = true
        let candidates = whole.map { member, score in
            Candidate(member: member, score: score, key: Key(group: group, value: value(of: score)))
        }
        buffer =
            candidates.sorted { one, other in
                if one.score != other.score { return one.key < other.key }
                // As Redis orders those of one score.
                let (first, second) = isReversed ? (other, one) : (one, other)
                return first.member.utf8.lexicographicallyPrecedes(second.member.utf8)
            }[...]
    }

    /// The value of a score in the order of all sources.
    func value(of score: Double) -> Double { isReversed ? base - score : score - base }

    /// The score of a value in the order of all sources.
    func score(of value: Double) -> Double { isReversed ? base - value : base + value }

    /// Begins where another search ended.
    ///
    /// `order` tells where this source stands beside the one that search ended in, among those with the same place in
    /// the order.
    mutating func resume(behind cursor: JobCursor, at key: Key, standing order: Standing) {
        guard group >= key.group else {
            (isAtEnd, buffer) = (true, [])
            return
        }
        guard group == key.group else { return }
        let score = score(of: key.value)
        let isBeforeStart =
            isReversed ? bounds.most.map { score > Double($0) } : bounds.least.map { score < Double($0) }
        if isBeforeStart == true { return }
        edge = (score, isIncluded: order == .later)
        if order == .same {
            last = (cursor.id.local, JobCursor.text(cursor.score))
            passed = (cursor.id.local, cursor.score)
        }
        // The buffer holds something only when the source is whole.
        let whole = buffer
        buffer = whole.filter { candidate in
            guard candidate.score == score else { return key < candidate.key }
            return order == .later || order == .same && !hasPassed(candidate.member, candidate.score)
        }
    }

    /// The place of a source beside the one that a search ended in.
    enum Standing {
        case earlier, same, later
    }

    /// True when everything has been taken out.
    var isSpent: Bool { buffer.isEmpty && isAtEnd }
    /// True when a page has to be read before the next member is known.
    var isHungry: Bool { buffer.isEmpty && !isAtEnd }

    /// The command that counts the members between the bounds.
    var count: RedisCommand {
        RedisCommand("ZCOUNT", [RedisArgument(key), Self.bound(bounds.least, "-inf"), Self.bound(bounds.most, "+inf")])
    }

    /// The commands that find the rank at which the next page begins: by the last member, and by the last score where
    /// that member is gone.
    var position: [RedisCommand] {
        let set = RedisArgument(key)
        if let last {
            let beyond = RedisArgument("(\(last.score)")
            return [
                RedisCommand(isReversed ? "ZREVRANK" : "ZRANK", [set, RedisArgument(last.member)]),
                RedisCommand("ZCOUNT", isReversed ? [set, beyond, "+inf"] : [set, "-inf", beyond]),
            ]
        }
        if let edge {
            let (own, open) = (JobCursor.text(edge.score), "(\(JobCursor.text(edge.score))")
            let limit = RedisArgument(edge.isIncluded ? open : own)
            return [RedisCommand("ZCOUNT", isReversed ? [set, limit, "+inf"] : [set, "-inf", limit])]
        }
        if isReversed {
            return bounds.most.map { [RedisCommand("ZCOUNT", [set, RedisArgument("(\($0)"), "+inf"])] } ?? []
        }
        return bounds.least.map { [RedisCommand("ZCOUNT", [set, "-inf", RedisArgument("(\($0)")])] } ?? []
    }

    /// The rank at which the next page begins, from the replies to ``position``.
    func start(_ replies: ArraySlice<RedisValue>) throws(JobError) -> Int {
        guard let first = replies.first else { return 0 }
        guard last != nil, let second = replies.last else { return try first.number("ZCOUNT") }
        return first.isNull ? try second.number("ZCOUNT") : try first.number("ZRANK") + 1
    }

    func page(from start: Int, limit: Int) -> RedisCommand {
        RedisCommand(
            isReversed ? "ZREVRANGE" : "ZRANGE",
            [RedisArgument(key), RedisArgument(start), RedisArgument(start + limit - 1), "WITHSCORES"]
        )
    }

    /// Reads the reply to a page that was asked for with `limit`.
    mutating func take(_ reply: RedisValue, limit: Int) throws(JobError) {
        let items = try reply.texts("ZRANGE")
        isAtEnd = items.count < 2 * limit
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            let (member, text) = (items[index], items[index + 1])
            guard let score = Double(text) else { throw .wrongShape("ZRANGE", "scores") }
            let isBeyond = isReversed ? score < Double(bounds.least ?? .min) : score > Double(bounds.most ?? .max)
            if isBeyond {
                isAtEnd = true
                return
            }
            last = (member, text)
            if !hasPassed(member, score) {
                buffer.append(Candidate(member: member, score: score, key: Key(group: group, value: value(of: score))))
            }
        }
    }

    /// Tells whether an earlier search came past the member.
    ///
    /// Redis orders members of the same score by their bytes.
    private func hasPassed(_ member: String, _ score: Double) -> Bool {
        guard let passed, score == passed.score else { return false }
        let (one, other) = isReversed ? (passed.member, member) : (member, passed.member)
        return !other.utf8.lexicographicallyPrecedes(one.utf8)
    }

    /// Takes the first candidate out of the buffer; nil when it is empty.
    mutating func next() throws(JobError) -> (id: JobID, score: Double)? {
        guard let candidate = buffer.popFirst() else { return nil }
        return (try .stored(candidate.member, of: queue, in: key), candidate.score)
    }

    private static func bound(_ value: Int64?, _ none: String) -> RedisArgument {
        RedisArgument(value.map { "\($0)" } ?? none)
    }
}

extension JobID {
    /// An id as it stands in a sorted set.
    static func stored(_ local: String, of queue: String, in key: String) throws(JobError) -> JobID {
        guard let id = try? JobID(queue: queue, local: local) else {
            let (place, found) = (Printable.escaped(key, limit: 300), Printable.escaped(local, limit: 80))
            throw JobError(
                .malformed,
                "\(place) holds \"\(found)\", which is no id of a job; martlet doctor --verify --repair takes it out"
            )
        }
        return id
    }
}
