import Testing

@testable import MartletChaos

@Suite struct ReplyScannerTests {
    private let replies = [
        "+OK\r\n", "$3\r\na\r\n\r\n", "*2\r\n:1\r\n*1\r\n$-1\r\n", "-NOSCRIPT No\r\n", "*0\r\n", "*-1\r\n", ":42\r\n",
    ]
    private var stream: [UInt8] { Array(replies.joined().utf8) }
    private var expected: [Int] {
        replies.indices.map { replies[...$0].joined().utf8.count }
    }

    @Test func `every reply ends where it ends`() {
        var scanner = ReplyScanner()
        #expect(scanner.ends(in: stream) == expected)
        #expect(scanner.isAtStart)
    }

    @Test(arguments: 1...7)
    func `pieces of any size make no difference`(size: Int) {
        var scanner = ReplyScanner()
        var ends: [Int] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            ends += scanner.ends(in: stream[start..<min(start + size, stream.count)])
        }
        #expect(ends == expected)
    }
}
