import Testing

@testable import MartletPrograms

@Suite("Splitting a stream into lines")
struct LineSplitterTests {
    @Test("where the stream is cut into chunks makes no difference")
    func everyByte() {
        let text = "one\r\n\ntwo é€😀\nabcdefghijklmnop\r\nabcdefghijklmno😀\n\r\nabcdefgh\r\nabcdefgh12\r\nlast"
        // The limit of 8 goes through the euro sign, which is cut whole.
        let expected = [
            "one", "", "two é… (7 bytes cut)", "abcdefgh… (8 bytes cut)", "abcdefgh… (11 bytes cut)", "", "abcdefgh",
            "abcdefgh… (2 bytes cut)", "last",
        ]
        let bytes = Array(text.utf8)
        #expect(lines(of: [bytes[...]]) == expected)
        for index in bytes.indices {
            #expect(lines(of: [bytes[..<index], bytes[index...]]) == expected, "cut at \(index)")
        }
        #expect(lines(of: bytes.indices.map { bytes[$0...$0] }) == expected)
    }

    @Test("bytes that are not UTF-8 are replaced")
    func invalid() {
        #expect(lines(of: [[0x61, 0xFF, 0x62, 0x0A, 0xC3, 0x0A]]) == ["a\u{FFFD}b", "\u{FFFD}"])
    }

    @Test("a stream without a byte has no line, a last line needs no line feed")
    func ends() {
        #expect(lines(of: []) == [])
        #expect(lines(of: [[0x0A]]) == [""])
        #expect(lines(of: [[0x61]]) == ["a"])
    }

    @Test("a line of 7.75 KiB is whole, one byte more is cut")
    func limit() {
        let line = String(repeating: "x", count: 7936)
        let stream = Array("\(line)\n\(line)\r\n\(line)y\n".utf8)
        #expect(lines(of: [stream[...]], limit: LineSplitter.limit) == [line, line, "\(line)… (1 bytes cut)"])
    }

    @Test("a line that is no text is not longer than the limit when its bytes are replaced")
    func junk() {
        #expect(lines(of: [[0xFF, 0xFF]]) == ["\u{FFFD}\u{FFFD}"])
        #expect(lines(of: [[0xFF, 0xFF, 0xFF]]) == ["\u{FFFD}\u{FFFD}… (1 bytes cut)"])
        #expect(lines(of: [[UInt8](repeating: 0xFF, count: 20)[...]]) == ["\u{FFFD}\u{FFFD}… (18 bytes cut)"])
    }

    private func lines(of chunks: [ArraySlice<UInt8>], limit: Int = 8) -> [String] {
        var splitter = LineSplitter(limit: limit)
        let lines = chunks.flatMap { splitter.split($0) }
        return lines + (splitter.finish().map { [$0] } ?? [])
    }
}
