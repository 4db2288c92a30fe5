#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// From which queues a worker claims, and which it asks first.
public enum QueueOrder: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The first queue that has work is served; a later one only while all before it are empty.
    case strict([String])
    /// Each round the order is drawn at random, by weight: of `["mail": 5, "default": 1]` mail comes first in five
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

    /// Every queue once, sorted.
    package var queues: [String] {
        switch self {
        case .strict(let queues): Set(queues).sorted()
        case .weighted(let weights): weights.keys.sorted()
        }
    }

    /// The order of one round.
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
