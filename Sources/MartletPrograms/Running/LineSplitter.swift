internal import Glibc

/// Cuts a stream of bytes into lines as they come, in bounded memory.
///
/// Lines end with LF or CRLF. What a line has beyond the limit is counted and thrown away, and the line then ends in
/// `… (N bytes cut)`. Bytes that are not UTF-8 become U+FFFD. How the stream is split into chunks does not matter.
struct LineSplitter {
    /// A job's log takes 8 KiB a line. Below that there is room left for the note of the cut and for the line's fields,
    /// so that a line is cut once, here, where its whole length is known.
    static let limit = 8 * 1024 - 256

    private let limit: Int
    private var kept: [UInt8] = []
    private var cutCount = 0
    private var lastCutByte: UInt8 = 0

    init(limit: Int = LineSplitter.limit) {
        self.limit = limit
    }

    /// The lines that end in this chunk.
    mutating func split(_ chunk: ArraySlice<UInt8>) -> [String] {
        var lines: [String] = []
        // A raw pointer for memchr: a 1 GB line passes through here, byte by byte it would cost seconds.
        chunk.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            var start = 0
            while start < bytes.count, let end = memchr(base + start, Int32(UInt8.lineFeed), bytes.count - start) {
                let offset = UnsafeRawPointer(end) - base
                append(bytes[start..<offset])
                lines.append(takeLine())
                start = offset + 1
            }
            append(bytes[start...])
        }
        return lines
    }

    /// A last line without a line feed, if there is one.
    mutating func finish() -> String? {
        kept.isEmpty && cutCount == 0 ? nil : takeLine()
    }

    private mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) {
        let room = min(limit - kept.count, bytes.count)
        kept.append(contentsOf: bytes.prefix(room))
        if room < bytes.count, let last = bytes.last {
            cutCount += bytes.count - room
            lastCutByte = last
        }
    }

    private mutating func takeLine() -> String {
        if cutCount > 0 {
            if lastCutByte == .carriageReturn { cutCount -= 1 }
        } else if kept.last == .carriageReturn {
            kept.removeLast()
        }
        var text = takeText()
        if text.utf8.count > limit {
            // No text: a byte that is not UTF-8 takes three when it is replaced.
            cutCount += kept.count - limit / 3
            kept.removeLast(kept.count - limit / 3)
            text = takeText()
        }
        let line = cutCount > 0 ? "\(text)… (\(cutCount) bytes cut)" : text
        kept.removeAll(keepingCapacity: true)
        cutCount = 0
        return line
    }

    /// What is kept as text; a character that the cut went through is cut whole.
    private mutating func takeText() -> String {
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

extension [UInt8] {
    /// How many bytes at the end are the start of a character that the cut went through.
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
