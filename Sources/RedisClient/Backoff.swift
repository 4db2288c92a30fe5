/// How long to rest after a failed attempt to connect: full jitter between 50 ms and a bound that doubles with each
/// failure up to 5 s, so that a fleet does not come back at the same moment.
package struct Backoff: Sendable {
    static let shortest = Duration.milliseconds(50)
    static let longest = Duration.seconds(5)

    private var bound = Backoff.shortest

    package init() {}

    /// The rest after one more failure.
    package mutating func next() -> Duration {
        var random = SystemRandomNumberGenerator()
        return next(using: &random)
    }

    mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
        bound = min(bound * 2, Self.longest)
        let range = Self.shortest.milliseconds...bound.milliseconds
        return .milliseconds(Int64.random(in: range, using: &random))
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
