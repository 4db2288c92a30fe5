import Foundation
import NIOCore
import Synchronization
import Testing

@testable import RedisClient

/// Replies that a caller reads from a socket of its own, whose other end is in the test's hands.
@Suite struct CallerReadTests {
    // However slow the machine is, a reply that is there is worth the wait.
    private let loneWait = LoneWait(patience: .seconds(3600))
    private let shared: SharedCommandBuffer
    private let server: FileHandle
    private let socket: CallerSocket
    private let answers = Answers()

    init() throws {
        var ends: [CInt] = [0, 0]
        #if canImport(Darwin)
            let kind = SOCK_STREAM
        #else
            let kind = CInt(SOCK_STREAM.rawValue)
        #endif
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        server = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        let duplicate = CallerSocket(duplicating: ends[0])
        close(ends[0])
        socket = try #require(duplicate)
        shared = SharedCommandBuffer(maximumReplyBytes: 1 << 20, loneWait: loneWait)
        shared.open(socket)
        shared.noteLook(at: .now())
        shared.noteIdle()
    }

    @Test func `the reply to a lone call is read by its caller`() throws {
        try leaveReading()
        for number in 0..<100 {
            try call(answer: ":\(number)\r\n")
            #expect(shared.awaitReply() == .nothing)
        }
        #expect(try answers.all.map { try $0.get().int } == Array(0..<100))
        #expect(shared.takeAhead().isEmpty)
    }

    @Test(arguments: ["-ERR no\r\n", "$5\r\nhal", "+OK\r\n+OK\r\n", "?", ":1\r\n:"])
    func `all but one whole reply is left to the event loop`(answer: String) throws {
        try leaveReading()
        try call(answer: answer)
        #expect(shared.awaitReply() == .flush)
        #expect(answers.all.isEmpty)
        let (ahead, buffer) = shared.take()
        #expect(String(buffer: ahead.reply) == answer)
        #expect(ahead.requests.count == 1)
        #expect(buffer.isEmpty)
        // Nothing of it is left for the next call.
        shared.noteIdle()
        #expect(shared.leaveReading())
        try call(answer: "+NEXT\r\n")
        #expect(shared.awaitReply() == .nothing)
        #expect(try answers.all.map { try $0.get() } == [.simple("NEXT")])
    }

    @Test func `a reply of several kilobytes is left to the event loop`() throws {
        try leaveReading()
        try call(answer: "$9000\r\n" + String(repeating: "x", count: 9000) + "\r\n")
        #expect(shared.awaitReply() == .flush)
        #expect(shared.take().ahead.reply.readableBytes > 0)
    }

    @Test func `a reply before the end of the stream is left to the event loop`() throws {
        try leaveReading()
        try call(answer: "+OK\r\n")
        try server.close()
        #expect(shared.awaitReply() == .flush)
        #expect(answers.all.isEmpty)
        let ahead = shared.take().ahead
        #expect(ahead.requests.count == 1)
        #expect(ahead.reply.readableBytes == 0)
    }

    @Test func `bytes that a caller reads at the end of the stream are no reply`() throws {
        try server.write(contentsOf: Data("+OK\r\n".utf8))
        try server.close()
        let reader = CallerReader(maximumReplyBytes: 1 << 20)
        guard case .torn = reader.read(from: socket) else {
            Issue.record("the event loop may have read what came before")
            return
        }
    }

    @Test func `a reply that came late is its caller's, and the next one is read by the event loop`() throws {
        let shared = SharedCommandBuffer(maximumReplyBytes: 1 << 20, loneWait: LoneWait(patience: .zero))
        shared.open(socket)
        shared.noteLook(at: .now())
        shared.noteIdle()
        try leaveReading(of: shared)
        try call(answer: "+OK\r\n", on: shared)
        #expect(shared.awaitReply() == .flush)
        #expect(try answers.all.map { try $0.get() } == [.simple("OK")])
        #expect(shared.take().ahead.isEmpty)
        #expect(!shared.wantsReaders)
    }

    @Test func `a caller leaves its reply to the event loop while another waits`() throws {
        try leaveReading()
        try call(answer: "+OK\r\n")
        loneWait.alone { #expect(shared.awaitReply() == .flush) }
        #expect(answers.all.isEmpty)
        #expect(shared.take().ahead.requests.count == 1)
        shared.noteIdle()
        #expect(!shared.wantsReaders)
    }

    @Test func `commands that nobody waits for do not make lone calls likely`() {
        for _ in 0..<100 {
            #expect(shared.append(mayWrite: true, willAwait: false) { add(to: &$0) } == .flush)
            #expect(shared.take().buffer.requests.count == 1)
            shared.noteIdle()
        }
        #expect(!shared.wantsReaders)
    }

    @Test func `the first of many callers that take turns leaves its command for one write with theirs`() {
        for _ in 0..<100 {
            for caller in 0..<50 {
                let next = shared.append(mayWrite: true, willAwait: true) { add(to: &$0) }
                #expect(next == (caller == 0 ? .flush : .nothing))
            }
            #expect(shared.take().buffer.requests.count == 50)
            shared.noteIdle()
        }
    }

    @Test func `after a wait in vain more lone calls are needed for the next`() throws {
        try leaveReading()
        for needed in [32, 128, 512] {
            try call(answer: "")
            #expect(shared.awaitReply() == .flush)
            #expect(shared.take().ahead.requests.count == 1)
            shared.noteIdle()
            #expect(try callsUntilReading(of: shared) == needed)
        }
    }

    @Test func `a command that the event loop takes over is not read by its caller`() throws {
        try leaveReading()
        try call(answer: "+OK\r\n")
        #expect(shared.takeAhead().requests.count == 1)
        #expect(shared.awaitReply() == .nothing)
        #expect(answers.all.isEmpty)
    }

    @Test func `whoever does not wait has the event loop write and read`() throws {
        try leaveReading()
        #expect(shared.append(mayWrite: true, willAwait: false) { add(to: &$0) } == .flush)
        let (ahead, buffer) = shared.take()
        #expect(ahead.isEmpty)
        #expect(buffer.requests.count == 1)
        #expect(!shared.leaveReading())
    }

    @Test func `two commands at once are read by the event loop`() throws {
        try leaveReading()
        let next = shared.append(mayWrite: true, willAwait: true) { buffer in
            add(to: &buffer)
            add(to: &buffer)
        }
        #expect(next == .flush)
        #expect(shared.take().buffer.requests.count == 2)
    }

    @Test func `a connection that ends takes the command with it`() throws {
        try leaveReading()
        try call(answer: "+OK\r\n")
        #expect(shared.close().requests.count == 1)
        #expect(shared.awaitReply() == .nothing)
        #expect(shared.append(mayWrite: true, willAwait: true) { add(to: &$0) } == .flush)
    }

    // MARK: Parts

    /// Makes lone calls until the event loop leaves the reading to the callers.
    private func leaveReading(of shared: SharedCommandBuffer? = nil) throws {
        #expect(try callsUntilReading(of: shared ?? self.shared) == 8)
    }

    private func callsUntilReading(of shared: SharedCommandBuffer) throws -> Int {
        for count in 0..<10_000 {
            if shared.wantsReaders, shared.leaveReading() { return count }
            switch shared.append(mayWrite: true, willAwait: true, add(to:)) {
            case .nothing:
                #expect(String(decoding: server.availableData, as: UTF8.self) == "*1\r\n$4\r\nPING\r\n")
                #expect(shared.takeAhead().requests.count == 1)
            case .flush: #expect(shared.take().buffer.requests.count == 1)
            }
            shared.noteIdle()
        }
        return -1
    }

    private func call(answer: String, on shared: SharedCommandBuffer? = nil) throws {
        try send(on: shared ?? self.shared)
        try server.write(contentsOf: Data(answer.utf8))
    }

    private func send(on shared: SharedCommandBuffer) throws {
        try #require(shared.append(mayWrite: true, willAwait: true) { add(to: &$0) } == .nothing)
        #expect(String(decoding: server.availableData, as: UTF8.self) == "*1\r\n$4\r\nPING\r\n")
    }

    private func add(to buffer: inout CommandBuffer) {
        buffer.append(RedisCommand("PING"), deadline: .distantFuture) { [answers] in answers.add($0) }
    }
}

/// The results of calls.
private final class Answers: Sendable {
    private let results: Mutex<[Result<RedisValue, RedisError>]> = Mutex([])

    var all: [Result<RedisValue, RedisError>] { results.withLock { $0 } }

    func add(_ result: Result<RedisValue, RedisError>) {
        results.withLock { $0.append(result) }
    }
}
