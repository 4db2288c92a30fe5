internal import Synchronization

/// Waits of single jobs, by any thread.
final class Latencies: Sendable {
    private let values: Mutex<[Double]> = Mutex([])

    func add(_ wait: Duration) {
        values.withLock { $0.append(wait.milliseconds) }
    }

    /// The waits so far, in milliseconds, which are forgotten here.
    func takeAll() -> [Double] {
        values.withLock { values in
            defer { values = [] }
            return values
        }
    }

    var count: Int { values.withLock(\.count) }

    /// Median and 99th percentile.
    func figures(_ name: String) -> [Measurement] { values.withLock { $0 }.figures(name) }
}
