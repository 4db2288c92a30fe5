#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The queues that a worker claims from, and the order in which it asks them.
public enum QueueOrder: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// Serves the first queue that has work, and a later one only while all before it are empty.
    case strict([String])
    /// Draws the order at random each round, by weight: of `["mail": 5, "default": 1]` `mail` comes first in five
    /// rounds of six. No queue starves.
    case weighted([String: Int])

    /// Queues of the same weight.
    public init(arrayLiteral queues: String...) {
        self = .even(queues)
    }

    /// Queues of the same weight.
    public static func even(_ queues: [String]) -> QueueOrder {
        .weighted(Dictionary(queues.map { ($0, 1) }, uniquingKeysWith: { first, _ in first }))
    }

    /// The queues, each once, sorted.
    package var queues: [String] {
        switch self {
        case .strict(let queues): Set(queues).sorted()
        case .weighted(let weights): weights.keys.sorted()
        }
    }

    /// Draws the order of one round.
    func round(using random: inout some RandomNumberGenerator) -> [String] {
        switch self {
        case .strict(let queues): return queues
        case .weighted(let weights):
            // Weighted sampling without replacement: the greatest of random^(1/weight) comes first
            // (Efraimidis and Spirakis, 2006).
            var keyed: [(queue: String, key: Double)] = []
            for (queue, weight) in weights {
                keyed.append((queue, pow(Double.random(in: 0..<1, using: &random), 1 / Double(weight))))
            }
            return keyed.sorted { $0.key > $1.key }.map(\.queue)
        }
    }
}
