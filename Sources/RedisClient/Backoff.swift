/// How long to rest after a failed attempt to connect: full jitter between 50 ms and a bound that doubles with each
/// failure up to 2 s, so that a fleet does not come back at the same moment, and yet within seconds: whoever sends may rest
/// on top of that.
package struct Backoff: Sendable {
    static let shortest = Duration.milliseconds(50)
    static let longest = Duration.seconds(2)

    private var bound = Backoff.shortest

    package init() {}

    /// The rest after one more failure. `random` picks a number of milliseconds from a range.
    package mutating func next(random: (ClosedRange<Int64>) -> Int64 = { .random(in: $0) }) -> Duration {
        bound = min(bound * 2, Self.longest)
        return .milliseconds(random(Self.shortest.milliseconds...bound.milliseconds))
    }

    /// Forgets the failures: the connection is made.
    mutating func reset() {
        bound = Self.shortest
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
