internal import Martlet

extension Duration {
    /// The duration for people: `250 ms`, `12.5 s`, `3 min`, `2 h`.
    var formatted: String {
        let ms = milliseconds
        func tenths(_ unit: Int64) -> String {
            let value = ms * 10 / unit
            return value % 10 == 0 ? "\(value / 10)" : "\(value / 10).\(value % 10)"
        }
        switch ms {
        case ..<1000: return "\(ms) ms"
        case ..<120_000: return "\(tenths(1000)) s"
        case ..<7_200_000: return "\(tenths(60_000)) min"
        default: return "\(tenths(3_600_000)) h"
        }
    }
}
