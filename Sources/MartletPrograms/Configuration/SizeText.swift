/// A reader of sizes as people write them: a whole number of bytes, or one with `K`, `M` or `G`, such as `512M`.
enum SizeText {
    static let hint = "write a number with K, M or G, such as 512M"

    /// Reads a size in bytes, `K` being 1,024; `nil` for anything else, and for more than 2^53.
    static func parse(_ text: String) -> UInt64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let shift: UInt64
        switch text.dropFirst(digits.count) {
        case "": shift = 0
        case "K": shift = 10
        case "M": shift = 20
        case "G": shift = 30
        default: return nil
        }
        guard let number = UInt64(digits), number <= (1 << 53) >> shift else { return nil }
        return number << shift
    }
}
