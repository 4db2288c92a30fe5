internal import CHiredis

/// A parser that takes bytes and gives replies: hiredis' `redisReader` with constructors that build Swift values.
///
/// It does no I/O. Errors are sticky: after the first one, every further call throws it again.
final class ReplyParser {
    /// The most bytes of a status, an error, a number or a header.
    ///
    /// hiredis looks for the end of a line from its beginning each time that bytes come, so a line without an end would
    /// cost the square of its length.
    static let maximumLineBytes = 64 << 10

    // hiredis keeps the pointer to the functions for the life of the reader, so both live as long as the parser.
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let reader: UnsafeMutablePointer<redisReader>
    private let budget = ReplyBudget()
    private let maximumReplyBytes: Int
    private var unfinishedBytes = 0
    private var failure: RedisError?

    init(maximumReplyBytes: Int) {
        self.maximumReplyBytes = maximumReplyBytes
        functions = .allocate(capacity: 1)
        functions.initialize(to: ReplyNode.functions)
        // hiredis returns no reader only when malloc fails; Swift's own allocations then end the process too.
        guard let reader = redisReaderCreateWithFunctions(functions) else {
            fatalError("out of memory: no reply parser")
        }
        self.reader = reader
        // The parser keeps the budget alive for as long as the reader.
        reader.pointee.privdata = Unmanaged.passUnretained(budget).toOpaque()
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
    }

    /// Takes bytes as they come, cut at any place.
    func feed(_ bytes: UnsafeRawBufferPointer) throws(RedisError) {
        if let failure { throw failure }
        guard let base = bytes.bindMemory(to: CChar.self).baseAddress else { return }
        unfinishedBytes += bytes.count
        guard redisReaderFeed(reader, base, bytes.count) == REDIS_OK else {
            throw fail(readerError)
        }
    }

    /// The next whole reply, or nil when more bytes are needed.
    func next() throws(RedisError) -> RedisValue? {
        if let failure { throw failure }
        var reply: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &reply) == REDIS_OK else {
            throw fail(readerError)
        }
        guard let reply else {
            guard unfinishedBytes <= maximumReplyBytes else {
                throw fail("a reply has more than \(maximumReplyBytes) bytes")
            }
            guard !isWaitingInLongLine else {
                throw fail("a line has more than \(Self.maximumLineBytes) bytes")
            }
            return nil
        }
        budget.renew()
        unfinishedBytes = reader.pointee.len - reader.pointee.pos
        return Unmanaged<ReplyNode>.fromOpaque(reply).takeRetainedValue().finish()
    }

    /// True when all bytes so far belong to replies that were taken.
    var isDrained: Bool { unfinishedBytes == 0 }

    /// True when the unfinished bytes are a line that is longer than any should be.
    ///
    /// A bulk string is unfinished after its header, which is a few digits and the end of their line, and has its own
    /// limit.
    private var isWaitingInLongLine: Bool {
        let pending = reader.pointee.len - reader.pointee.pos
        guard pending > Self.maximumLineBytes, let buffer = reader.pointee.buf else { return false }
        let beginning = UnsafeRawBufferPointer(start: buffer + reader.pointee.pos, count: 32)
        return !zip(beginning, beginning.dropFirst()).contains { $0 == 0x0d && $1 == 0x0a }
    }

    private var readerError: String {
        if reader.pointee.err == REDIS_ERR_OOM {
            return "it has more than \(ReplyBudget.maximumElements) elements, or"
                + " \(ReplyBudget.maximumNestedArrays) arrays within arrays"
        }
        return withUnsafeBytes(of: &reader.pointee.errstr) { text in
            String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private func fail(_ text: String) -> RedisError {
        let error = RedisError(.protocolViolation, "not a Redis reply: \(text)", mayHaveBeenApplied: true)
        failure = error
        return error
    }
}
