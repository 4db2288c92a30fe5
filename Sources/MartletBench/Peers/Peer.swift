/// A system for jobs, or a ceiling, that is measured beside others: a column of ``PeerTable``.
protocol Peer: Sendable {
    /// The head of the column.
    var name: String { get }

    /// Measures all figures once, on a redis-server of its own.
    ///
    /// - Throws: ``BenchError`` when a process of it fails or does nothing.
    func measure(_ sizes: PeerSizes) async throws -> [Measurement]
}

/// The figures that peers have in common: the rows of ``PeerTable``.
enum PeerFigure {
    static let ping = "PING, one at a time"
    static let enqueue = "enqueue, one at a time"
    static let bulk = "enqueue, bulk"
    static let startMedian = "enqueue to start, idle, p50"
    static let startTail = "enqueue to start, idle, p99"
    static let busyMedian = "enqueue to start, a core busy, p50"
    static let busyTail = "enqueue to start, a core busy, p99"
    static let memory = "a waiting job"

    static func drain(_ processes: Int) -> String {
        "drain, \(processes) \(processes == 1 ? "process" : "processes")"
    }

    /// All rows in their order.
    static let all =
        [ping, enqueue, bulk] + [1, 2, 4].map(drain) + [startMedian, startTail, busyMedian, busyTail, memory]

    /// The two figures of these waits, in milliseconds.
    static func starts(_ waits: [Double], isBusy: Bool) -> [Measurement] {
        [
            Measurement(isBusy ? busyMedian : startMedian, waits.median, "ms"),
            Measurement(isBusy ? busyTail : startTail, waits.quantile(0.99), "ms"),
        ]
    }
}

/// How much is measured of each peer.
struct PeerSizes {
    let isQuick: Bool
    /// The share of it that is taken; below 1 only to see that everything runs.
    let scale: Double

    /// Calls of the callers that make one at a time.
    var calls: Int { scaled(isQuick ? 5000 : 20_000) }
    /// Probes sent to idle workers.
    var samples: Int { scaled(isQuick ? 400 : 3000) }

    /// Jobs of a drain: for the fast, the slow and those between, so that each takes seconds.
    ///
    /// Each is just below a power of two, where the tables of Redis are full.
    enum Speed: Int { case slow = 15_500, middle = 31_000, fast = 62_000 }

    func jobs(_ speed: Speed) -> Int { scaled(speed.rawValue * (isQuick ? 1 : 2)) }

    private func scaled(_ count: Int) -> Int { max(40, Int(Double(count) * scale)) }
}
