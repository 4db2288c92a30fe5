import Testing

@testable import MartletPrograms

/// Splitting a stream into pieces.
@Suite struct LineSplitterTests {
    @Test func `where the stream is cut into chunks makes no difference`() {
        let text = "one\r\n\ntwo é€😀\nabcdefghijklmnop\nabcdefghijklmno😀\n\rabcdefgh\r\rabcdefgh12\r\nlast"
        // The limit of 8 goes through the euro sign, which is cut whole.
        let expected = [
            "one<", "", "", "two é… (7 bytes cut)", "abcdefgh… (8 bytes cut)", "abcdefgh… (11 bytes cut)", "<",
            "abcdefgh<", "<", "abcdefgh… (2 bytes cut)<", "", "last",
        ]
        let bytes = Array(text.utf8)
        #expect(pieces(of: [bytes[...]]) == expected)
        for index in bytes.indices {
            #expect(pieces(of: [bytes[..<index], bytes[index...]]) == expected, "cut at \(index)")
        }
        #expect(pieces(of: bytes.indices.map { bytes[$0...$0] }) == expected)
    }

    @Test func `bytes that are not UTF-8 are replaced`() {
        #expect(pieces(of: [[0x61, 0xFF, 0x62, 0x0A, 0xC3, 0x0A]]) == ["a\u{FFFD}b", "\u{FFFD}"])
    }

    @Test func `a stream without a byte has no line, a last line needs no line feed`() {
        #expect(pieces(of: []) == [])
        #expect(pieces(of: [[0x0A]]) == [""])
        #expect(pieces(of: [[0x61]]) == ["a"])
    }

    @Test func `a line of 7.75 KiB is whole, one byte more is cut`() {
        let line = String(repeating: "x", count: 7936)
        let stream = Array("\(line)\n\(line)\n\(line)y\n".utf8)
        #expect(pieces(of: [stream[...]], limit: LineSplitter.limit) == [line, line, "\(line)… (1 bytes cut)"])
    }

    @Test func `a line that is no text is not longer than the limit when its bytes are replaced`() {
        #expect(pieces(of: [[0xFF, 0xFF]]) == ["\u{FFFD}\u{FFFD}"])
        #expect(pieces(of: [[0xFF, 0xFF, 0xFF]]) == ["\u{FFFD}\u{FFFD}… (1 bytes cut)"])
        #expect(pieces(of: [[UInt8](repeating: 0xFF, count: 20)[...]]) == ["\u{FFFD}\u{FFFD}… (18 bytes cut)"])
    }

    /// Those that end with CR have a mark behind them.
    private func pieces(of chunks: [ArraySlice<UInt8>], limit: Int = 8) -> [String] {
        var splitter = LineSplitter(limit: limit)
        let pieces = chunks.flatMap { splitter.split($0) }.map { $0.text + ($0.isOpen ? "<" : "") }
        return pieces + (splitter.finish().map { [$0] } ?? [])
    }
}
