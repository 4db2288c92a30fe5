/// The rests after failed attempts to connect, which grow with each failure.
///
/// A rest is drawn at random (full jitter) between 50 ms and a bound that doubles with each failure up to 5 s, so that
/// a fleet does not come back at the same moment.
package struct Backoff: Sendable {
    static let shortest = Duration.milliseconds(50)
    static let longest = Duration.seconds(5)

    /// The longest rest of this backoff.
    var longest = Backoff.longest
    private var bound = Backoff.shortest

    /// Makes a backoff without failures.
    package init() {}

    /// The rest after one more failure.
    ///
    /// `random` picks a number of milliseconds from a range.
    package mutating func next(random: (ClosedRange<Int64>) -> Int64 = { .random(in: $0) }) -> Duration {
        bound = max(Self.shortest, min(bound * 2, longest))
        return .milliseconds(random(Self.shortest.milliseconds...bound.milliseconds))
    }

    /// The rest of a caller whose call failed.
    ///
    /// A client that has no connection has rested itself before it says so: its callers add only the shortest rest,
    /// because both rests together would outlast an outage by far.
    package mutating func next(after error: RedisError?) -> Duration {
        error?.code == .connection || error?.code == .timeout ? Self.shortest : next()
    }

    /// Forgets the failures once the connection is made.
    mutating func reset() {
        bound = Self.shortest
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
