internal import Foundation

/// The durations of one scenario, to be read as quantiles.
struct Sample {
    private var values: [Double] = []

    mutating func add(_ duration: Duration) {
        values.append(Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) / 1e15)
    }

    /// `p50 0.41 ms, p99 1.20 ms, max 2.00 ms`.
    var text: String {
        let sorted = values.sorted()
        func quantile(_ share: Double) -> String {
            guard !sorted.isEmpty else { return "-" }
            return String(format: "%.2f ms", sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))])
        }
        return "p50 \(quantile(0.5)), p99 \(quantile(0.99)), max \(quantile(1))"
    }
}
