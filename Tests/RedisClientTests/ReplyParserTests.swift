import Testing

@testable import RedisClient

@Suite struct ReplyParserTests {
    static let replies: [(String, RedisValue)] = [
        ("+OK\r\n", .simple("OK")),
        ("+\r\n", .simple("")),
        ("-WRONGTYPE Operation against a key\r\n", .error("WRONGTYPE Operation against a key")),
        (":0\r\n", .integer(0)),
        (":-9223372036854775808\r\n", .integer(.min)),
        (":9223372036854775807\r\n", .integer(.max)),
        ("$0\r\n\r\n", .bulk([])),
        ("$5\r\na\r\n\0b\r\n", .bulk(Array("a\r\n\0b".utf8))),
        ("$-1\r\n", .null),
        ("*-1\r\n", .null),
        ("*0\r\n", .array([])),
        ("*3\r\n:1\r\n$-1\r\n+two\r\n", .array([.integer(1), .null, .simple("two")])),
        (
            "*3\r\n*2\r\n:1\r\n*0\r\n-ERR no\r\n*1\r\n*1\r\n$1\r\nx\r\n",
            .array([.array([.integer(1), .array([])]), .error("ERR no"), .array([.array([.bulk([0x78])])])])
        ),
        ("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:7\r\n", nest(.integer(7), levels: 7)),
    ]

    @Test(arguments: replies)
    func `a reply is the same however its bytes are cut`(text: String, expected: RedisValue) throws {
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            let parser = ReplyParser(maximumReplyBytes: 1024)
            try parser.feed(bytes[..<cut])
            let early = try parser.next()
            #expect(early == (cut == bytes.count ? expected : nil))
            guard cut < bytes.count else { continue }
            try parser.feed(bytes[cut...])
            #expect(try parser.next() == expected)
            #expect(try parser.next() == nil)
        }
    }

    @Test func `replies fed at once or byte by byte come out in order`() throws {
        let bytes = Self.replies.flatMap { Array($0.0.utf8) }
        for size in [1, 2, 3, 7, bytes.count] {
            let parser = ReplyParser(maximumReplyBytes: 1024)
            var values: [RedisValue] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                try parser.feed(bytes[start..<min(start + size, bytes.count)])
                while let value = try parser.next() { values.append(value) }
            }
            #expect(values == Self.replies.map(\.1))
        }
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\n", "?\r\n", ":abc\r\n", ":\r\n", "$-2\r\n", "$x\r\n", "*-2\r\n", "*1.5\r\n",
        "$99999999999999999999999\r\n", "*1\r\n!\r\n", "*2\r\n:1\r\n$x\r\n", "%1\r\n+a\r\n+b\r\n",
        String(repeating: "*1\r\n", count: 50) + ":1\r\n",
    ])
    func `what is not RESP2 is an error, and stays one`(text: String) throws {
        let parser = ReplyParser(maximumReplyBytes: 1024)
        try parser.feed(Array(text.utf8)[...])
        let error = #expect(throws: RedisError.self) { try parser.next() }
        #expect(error?.code == .protocolViolation)
        #expect(throws: RedisError.self) { try parser.next() }
        #expect(throws: RedisError.self) { try parser.feed(Array("+OK\r\n".utf8)[...]) }
    }

    @Test(arguments: ["*1048577\r\n", "*1000000000\r\n", "*2147483648\r\n", "*2\r\n:1\r\n*1000000000\r\n"])
    func `an absurd array is refused by its header`(text: String) throws {
        let parser = ReplyParser(maximumReplyBytes: 1024)
        try parser.feed(Array(text.utf8)[...])
        #expect(throws: RedisError.self) { try parser.next() }
    }

    @Test(arguments: ["$999999999999\r\n", "$9223372036854775807\r\n", "*1000\r\n", "+"])
    func `a reply without an end is refused at the limit`(text: String) throws {
        let parser = ReplyParser(maximumReplyBytes: 1024)
        try parser.feed(Array(text.utf8)[...])
        #expect(try parser.next() == nil)
        let filler = text == "*1000\r\n" ? "+a\r\n" : "aaaa"
        for _ in 0..<200 { try parser.feed(Array(filler.utf8)[...]) }
        #expect(try parser.next() == nil)
        for _ in 0..<200 { try parser.feed(Array(filler.utf8)[...]) }
        #expect(throws: RedisError.self) { try parser.next() }
    }

    /// Each of these arrays took some 500 bytes of memory for eight on the wire.
    @Test(arguments: ["*1\r\n*0\r\n", "*0\r\n"])
    func `arrays within arrays are refused beyond what any reply has, before they fill the memory`(element: String)
        throws
    {
        let parser = ReplyParser(maximumReplyBytes: 64 << 20)
        try parser.feed(Array("*1000000\r\n".utf8)[...])
        var taken = 0
        let error = #expect(throws: RedisError.self) {
            while taken < 1_000_000 {
                try parser.feed(Array(String(repeating: element, count: 1000).utf8)[...])
                _ = try parser.next()
                taken += 1000
            }
        }
        #expect(error?.code == .protocolViolation && taken < 70_000, "\(taken)")
    }

    @Test func `elements are counted over all arrays of a reply, and anew for the next`() throws {
        let parser = ReplyParser(maximumReplyBytes: 64 << 20)
        let reply = "*2\r\n" + String(repeating: "*400000\r\n" + String(repeating: ":1\r\n", count: 400_000), count: 2)
        for _ in 0..<2 {
            try parser.feed(Array(reply.utf8)[...])
            #expect(try parser.next()?.array?.count == 2)
        }
        try parser.feed(Array("*3\r\n*400000\r\n\(String(repeating: ":1\r\n", count: 400_000))".utf8)[...])
        #expect(try parser.next() == nil)
        try parser.feed(Array("*800000\r\n".utf8)[...])
        #expect(throws: RedisError.self) { try parser.next() }
    }

    /// The reason for the limit: hiredis looks for the end of a line from its beginning with each read.
    @Test(arguments: ["+", "-", ":", "$", "*"])
    func `a line without an end is refused long before the limit of a reply`(type: String) throws {
        let parser = ReplyParser(maximumReplyBytes: 64 << 20)
        try parser.feed(Array(type.utf8)[...])
        #expect(try parser.next() == nil)
        let filler = Array(String(repeating: "1", count: 1024).utf8)[...]
        var taken = 0
        let error = #expect(throws: RedisError.self) {
            while taken < 1 << 20 {
                try parser.feed(filler)
                _ = try parser.next()
                taken += 1024
            }
        }
        #expect(error?.code == .protocolViolation && taken <= 66 << 10, "\(taken)")
    }

    @Test func `a long bulk string is no long line, wherever its header is cut`() throws {
        let bytes = Array("$1000000\r\n\(String(repeating: "x", count: 1_000_000))\r\n".utf8)
        for cut in [1, 2, 8, 9, 10, 11, 70_000] {
            let parser = ReplyParser(maximumReplyBytes: 64 << 20)
            try parser.feed(bytes[..<cut])
            #expect(try parser.next() == nil)
            try parser.feed(bytes[cut..<500_000])
            #expect(try parser.next() == nil)
            try parser.feed(bytes[500_000...])
            #expect(try parser.next()?.bytes?.count == 1_000_000)
        }
    }

    @Test func `the limit is for one reply, not for many`() throws {
        let parser = ReplyParser(maximumReplyBytes: 64)
        let reply = "$32\r\n\(String(repeating: "x", count: 32))\r\n"
        try parser.feed(Array(String(repeating: reply, count: 100).utf8)[...])
        for _ in 0..<100 { #expect(try parser.next() != nil) }
        #expect(try parser.next() == nil)
    }
}

private func nest(_ value: RedisValue, levels: Int) -> RedisValue {
    (0..<levels).reduce(value) { value, _ in .array([value]) }
}

extension ReplyParser {
    fileprivate func feed(_ bytes: ArraySlice<UInt8>) throws {
        try bytes.withUnsafeBytes { try feed($0) }
    }
}
