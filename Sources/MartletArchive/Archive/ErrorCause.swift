/// The cause that errors have in common: the job type, the type of the error, and its message without numbers, ids and
/// quoted names.
package struct ErrorCause: Sendable, Hashable {
    package let type: String
    package let errorType: String?
    /// The message as all errors of this cause have it: `no answer from … after # ms`.
    package let message: String

    package init(type: String, errorType: String?, error: String) {
        self.type = type
        self.errorType = errorType
        self.message = Self.normalised(error)
    }

    /// The 16 digits that name this cause, the same in every archive: FNV-1a over its three parts.
    package var fingerprint: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for part in [type, errorType ?? "", message] {
            for byte in part.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ 0xff) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Reduces an error to its message without details: at most 200 bytes of its first line.
    ///
    /// In words that hold a digit, numbers and ids become `#`; quoted text becomes `…`; and blanks become one.
    static func normalised(_ error: String) -> String {
        var rest = Array(error.drop { $0.isWhitespace }.prefix { !$0.isNewline }.utf8.prefix(400))[...]
        var result: [UInt8] = []
        var word: [UInt8] = []
        func endWord() {
            if !word.isEmpty { result += simplified(word) }
            word = []
        }
        var quote: UInt8?
        var before: UInt8 = blank
        while let byte = rest.first {
            if quote == nil, !isWord(before), let id = uuid(rest) {
                result.append(UInt8(ascii: "#"))
                before = UInt8(ascii: "#")
                rest = rest.dropFirst(id)
                continue
            }
            rest = rest.dropFirst()
            defer { before = byte }
            if let open = quote {
                guard byte == open else { continue }
                quote = nil
                result += "…".utf8
                result.append(byte)
                continue
            }
            switch byte {
            // An apostrophe within a word opens no quotation.
            case UInt8(ascii: "\""), UInt8(ascii: "`"),
                UInt8(ascii: "'") where !isWord(before):
                endWord()
                quote = byte
                result.append(byte)
            case _ where isWord(byte):
                word.append(byte)
            case blank, UInt8(ascii: "\t"):
                endWord()
                if result.last != blank { result.append(blank) }
            default:
                endWord()
                result.append(byte)
            }
        }
        endWord()
        if result.last == blank { result.removeLast() }
        return String(decoding: result.prefix(wholeCharacters(result, 200)), as: UTF8.self)
    }

    /// Counts the first bytes, `most` at the most, that end with a whole character.
    private static func wholeCharacters(_ text: [UInt8], _ most: Int) -> Int {
        guard text.count > most else { return text.count }
        return text[...most].lastIndex { $0 & 0xc0 != 0x80 } ?? most
    }

    /// The length of the UUID that a text begins with; nil when it begins with none.
    ///
    /// Taken apart, UUIDs would differ in where their digits are.
    private static func uuid(_ text: ArraySlice<UInt8>) -> Int? {
        let parts = [8, 4, 4, 4, 12]
        let length = parts.reduce(parts.count - 1, +)
        let found = text.prefix(length).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard found.map(\.count) == parts, found.allSatisfy({ $0.allSatisfy(isHexDigit) }) else { return nil }
        return text.dropFirst(length).first.map(isWord) ?? false ? nil : length
    }

    private static let blank = UInt8(ascii: " ")

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...0xff:
            true
        default: false
        }
    }

    /// Simplifies a word: `5000ms` becomes `#ms`; `01jd3x9…`, `3f2a9c` and `0x7f3a` become `#`; and a name with a
    /// number in it, such as `utf8`, becomes `utf#`.
    private static func simplified(_ word: [UInt8]) -> [UInt8] {
        let digits = word.count { isDigit($0) }
        guard digits > 0 else { return word }
        let hasLetterBetween = word.count > 12 && digits > 2
        let isHex = word.count >= 6 && word.allSatisfy(isHexDigit)
        let isAddress = word.count > 2 && word.starts(with: "0x".utf8) && word.dropFirst(2).allSatisfy(isHexDigit)
        if hasLetterBetween || isHex || isAddress { return [UInt8(ascii: "#")] }
        var result: [UInt8] = []
        for byte in word {
            if !isDigit(byte) {
                result.append(byte)
            } else if result.last != UInt8(ascii: "#") {
                result.append(UInt8(ascii: "#"))
            }
        }
        return result
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
