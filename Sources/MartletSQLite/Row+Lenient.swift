package import GRDB

/// Readers of values in a file that anybody may have written, where a column may hold something else than its type
/// promises.
extension Row {
    /// The text of a column: a number in digits, and an empty text for anything that is neither text nor number.
    package func text(_ column: Int) -> String {
        optionalText(column) ?? ""
    }

    /// The text of a column; nil for null and for bytes that are no text.
    package func optionalText(_ column: Int) -> String? {
        let value: DatabaseValue = self[column]
        return String.fromDatabaseValue(value) ?? number(column).map { "\($0)" }
    }

    /// The whole number of a column, limited to ±2^53 so that sums of a few do not overflow; nil for what is no number.
    package func number(_ column: Int) -> Int64? {
        let value: DatabaseValue = self[column]
        let most: Int64 = 1 << 53
        switch value.storage {
        case .int64(let number): return Swift.min(Swift.max(number, -most), most)
        case .double(let number) where number.isFinite:
            return Int64(Swift.min(Swift.max(number, -Double(most)), Double(most)))
        default: return nil
        }
    }

    /// The whole number of a column as an `Int`; 0 for what is no number.
    package func integer(_ column: Int) -> Int {
        number(column).map { Int($0) } ?? 0
    }
}
