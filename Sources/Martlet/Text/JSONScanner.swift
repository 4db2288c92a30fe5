/// A scanner that goes once through JSON text and throws at the first byte that is not JSON.
///
/// It never calls itself, so no nesting is too deep for the stack.
struct JSONScanner {
    /// The fault, and the byte at which it is.
    struct Fault: Error {
        let reason: String
        let offset: Int
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var offset = 0
    /// The bytes that close the arrays and objects that are open, the innermost last.
    private var closers: [UInt8] = []

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// Goes through all bytes.
    ///
    /// - Throws: The fault when the bytes are not one value, with or without blanks around it.
    mutating func scan() throws(Fault) {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { throw fault("a byte order mark, which is to be left out,") }
        repeat {
            try scanValue()
            try scanEnds()
        } while !closers.isEmpty
        skipBlanks()
        if let byte = next { throw fault("the value is complete, but \(Self.shown(byte)) follows it") }
    }

    /// Goes over a value, or over the start of an array or object up to where its first value is due.
    private mutating func scanValue() throws(Fault) {
        while true {
            skipBlanks()
            guard let byte = next else { throw fault("a value is missing") }
            switch byte {
            case UInt8(ascii: "{"):
                try open(UInt8(ascii: "}"))
                if next == UInt8(ascii: "}") { return }
                try scanName()
            case UInt8(ascii: "["):
                try open(UInt8(ascii: "]"))
                if next == UInt8(ascii: "]") { return }
            case UInt8(ascii: "\""): return try scanString()
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try scanNumber()
            case UInt8(ascii: "t"): return try scanWord("true")
            case UInt8(ascii: "f"): return try scanWord("false")
            case UInt8(ascii: "n"): return try scanWord("null")
            case UInt8(ascii: "'"): throw fault("a text begins with ' and not with \"")
            default: throw fault("\(Self.shown(byte)) begins no value")
            }
        }
    }

    /// Goes over what ends after a value, up to where the next one is due or everything is closed.
    private mutating func scanEnds() throws(Fault) {
        while let closer = closers.last {
            skipBlanks()
            if take(closer) {
                closers.removeLast()
                continue
            }
            guard let byte = next else { throw fault("\(Self.shown(closer)) is missing") }
            guard take(UInt8(ascii: ",")) else {
                throw fault("\(Self.shown(byte)) stands where a comma or \(Self.shown(closer)) is due")
            }
            skipBlanks()
            if next == closer { throw fault("a comma is followed by no value") }
            if closer == UInt8(ascii: "}") { try scanName() }
            return
        }
    }

    private mutating func open(_ closer: UInt8) throws(Fault) {
        guard closers.count < JSONSyntax.deepest else {
            throw fault("it is nested deeper than \(JSONSyntax.deepest) levels")
        }
        offset += 1
        closers.append(closer)
        skipBlanks()
    }

    /// Goes over a name and its colon.
    private mutating func scanName() throws(Fault) {
        guard next == UInt8(ascii: "\"") else { throw fault("a name in double quotes is missing") }
        try scanString()
        skipBlanks()
        guard take(UInt8(ascii: ":")) else { throw fault("the colon after a name is missing") }
    }

    private mutating func scanWord(_ word: StaticString) throws(Fault) {
        let letters = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[offset...].starts(with: letters) else { throw fault("a word that is not true, false or null") }
        offset += letters.count
    }

    private mutating func scanNumber() throws(Fault) {
        let start = offset
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            if let next, Self.digits.contains(next) { throw fault("a number begins with 0", at: start) }
        } else {
            try scanDigits()
        }
        var mayBeHuge = offset - start > 300
        if take(UInt8(ascii: ".")) { try scanDigits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            try scanDigits()
            mayBeHuge = true
        }
        guard mayBeHuge else { return }
        guard let value = Double(String(decoding: bytes[start..<offset], as: UTF8.self)), value.isFinite else {
            throw fault("a number is larger than a double can hold", at: start)
        }
    }

    private mutating func scanDigits() throws(Fault) {
        let start = offset
        while let next, Self.digits.contains(next) { offset += 1 }
        guard offset > start else { throw fault("a digit is missing") }
    }

    private mutating func scanString() throws(Fault) {
        let start = offset
        offset += 1
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return
            case UInt8(ascii: "\\"): try scanEscape()
            case ..<0x20:
                let digits = String(byte, radix: 16)
                let escape = "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
                throw fault("a control character, which is to be written \(escape),")
            default: offset += 1
            }
        }
        throw fault("a text has no end, which begins", at: start)
    }

    private mutating func scanEscape() throws(Fault) {
        let start = offset
        offset += 1
        guard let letter = next else { throw fault("a text has no end, which ends") }
        offset += 1
        guard letter == UInt8(ascii: "u") else {
            guard "\"\\/bfnrt".utf8.contains(letter) else {
                throw fault("an escape that JSON does not have", at: start)
            }
            return
        }
        let unit = try scanUnit(start)
        guard UTF16.isSurrogate(unit) else { return }
        let isPair = UTF16.isLeadSurrogate(unit) && take(UInt8(ascii: "\\")) && take(UInt8(ascii: "u"))
        guard isPair, UTF16.isTrailSurrogate(try scanUnit(start)) else {
            throw fault("half of a surrogate pair stands alone", at: start)
        }
    }

    /// Goes over the four digits of `\u00e9`.
    private mutating func scanUnit(_ start: Int) throws(Fault) -> UInt16 {
        let digits = bytes[offset..<min(offset + 4, bytes.count)]
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw fault("\\u without four hexadecimal digits", at: start) }
        offset += 4
        return unit
    }

    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        offset += 1
        return true
    }

    private mutating func skipBlanks() {
        while let next, next == 0x20 || next == 0x0a || next == 0x0d || next == 0x09 { offset += 1 }
    }

    private func fault(_ reason: String, at place: Int? = nil) -> Fault {
        Fault(reason: reason, offset: place ?? offset)
    }

    /// A byte as a message names it.
    private static func shown(_ byte: UInt8) -> String {
        (0x21...0x7e).contains(byte) ? String(Unicode.Scalar(byte)) : "something else"
    }
}
