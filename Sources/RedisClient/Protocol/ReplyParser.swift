internal import CHiredis

/// Bytes in, replies out: hiredis' `redisReader` with constructors that build Swift values.
///
/// Knows no I/O. Errors are sticky: after the first one every further call throws it again.
final class ReplyParser {
    /// More elements than this in one array are refused before anything is allocated for them.
    static let maximumElements = 1 << 20

    // hiredis keeps the pointer to the functions for the life of the reader, so both live as long as the parser.
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let reader: UnsafeMutablePointer<redisReader>
    private let maximumReplyBytes: Int
    private var unfinishedBytes = 0
    private var failure: RedisError?

    init(maximumReplyBytes: Int) {
        self.maximumReplyBytes = maximumReplyBytes
        functions = .allocate(capacity: 1)
        functions.initialize(to: ReplyNode.functions)
        // hiredis gives none only when malloc fails; Swift's own allocations end the process then too.
        guard let reader = redisReaderCreateWithFunctions(functions) else {
            fatalError("out of memory: no reply parser")
        }
        self.reader = reader
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
    }

    /// Takes bytes as they come, cut anywhere.
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
            return nil
        }
        unfinishedBytes = reader.pointee.len - reader.pointee.pos
        return Unmanaged<ReplyNode>.fromOpaque(reply).takeRetainedValue().finish()
    }

    private var readerError: String {
        if reader.pointee.err == REDIS_ERR_OOM {
            return "an array has more than \(Self.maximumElements) elements"
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
