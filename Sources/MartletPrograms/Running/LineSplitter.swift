internal import Glibc
internal import Martlet

/// A splitter that cuts a stream of bytes into pieces as they come, in bounded memory.
///
/// A piece ends with LF or with CR. The bytes beyond the limit are counted and thrown away, and the piece then ends in
/// `… (N bytes cut)`. Bytes that are not UTF-8 become U+FFFD. The way in which the stream is split into chunks makes no
/// difference.
struct LineSplitter {
    struct Piece: Equatable {
        let text: String
        /// True when the piece ends with CR, so that the next one may be written over it.
        let isOpen: Bool
    }

    /// The most bytes of a piece.
    ///
    /// It is below the most bytes of a log's line, so that there is room for the note of the cut and for the line's
    /// fields, and a line is cut once, here, where its whole length is known.
    static let limit = LogLimits().lineBytes - 256

    private let limit: Int
    private var kept: [UInt8] = []
    private var cutCount = 0

    init(limit: Int = LineSplitter.limit) {
        self.limit = limit
    }

    /// The pieces that end in this chunk.
    mutating func split(_ chunk: ArraySlice<UInt8>) -> [Piece] {
        var pieces: [Piece] = []
        // A raw pointer is for memchr: a 1 GB line passes through here, and byte by byte it would cost seconds.
        chunk.withUnsafeBytes { bytes in
            var start = 0
            var lineFeed = bytes.first(.lineFeed, from: 0)
            var carriageReturn = bytes.first(.carriageReturn, from: 0)
            while let end = Self.earlier(lineFeed, carriageReturn) {
                append(bytes[start..<end])
                start = end + 1
                pieces.append(Piece(text: takeText(), isOpen: end == carriageReturn))
                if end == lineFeed {
                    lineFeed = bytes.first(.lineFeed, from: start)
                } else {
                    carriageReturn = bytes.first(.carriageReturn, from: start)
                }
            }
            append(bytes[start...])
        }
        return pieces
    }

    /// The rest behind the last end; nil when there is none.
    mutating func finish() -> String? {
        kept.isEmpty && cutCount == 0 ? nil : takeText()
    }

    private static func earlier(_ one: Int?, _ other: Int?) -> Int? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    private mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) {
        let room = min(limit - kept.count, bytes.count)
        kept.append(contentsOf: bytes.prefix(room))
        cutCount += bytes.count - room
    }

    private mutating func takeText() -> String {
        var text = decoded()
        if text.utf8.count > limit {
            // The bytes are no text: each that is not UTF-8 takes three bytes when it is replaced.
            cutCount += kept.count - limit / 3
            kept.removeLast(kept.count - limit / 3)
            text = decoded()
        }
        let line = cutCount > 0 ? "\(text)… (\(cutCount) bytes cut)" : text
        kept.removeAll(keepingCapacity: true)
        cutCount = 0
        return line
    }

    /// The kept bytes as text, without a character that the cut went through.
    private mutating func decoded() -> String {
        if cutCount > 0 {
            let half = kept.lengthOfUnfinishedCharacter
            kept.removeLast(half)
            cutCount += half
        }
        return String(decoding: kept, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate static let lineFeed = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")
}

extension UnsafeRawBufferPointer {
    /// The first place of the byte, from a place on.
    fileprivate func first(_ byte: UInt8, from start: Int) -> Int? {
        guard start < count, let base = baseAddress else { return nil }
        return memchr(base + start, Int32(byte), count - start).map { UnsafeRawPointer($0) - base }
    }
}

extension [UInt8] {
    /// The number of bytes at the end that are the start of a character that the cut went through.
    fileprivate var lengthOfUnfinishedCharacter: Int {
        for length in 1...3 where length <= count {
            let byte = self[count - length]
            if byte & 0b1100_0000 == 0b1000_0000 { continue }
            let whole = byte >= 0xF8 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return whole > length ? length : 0
        }
        return 0
    }
}
