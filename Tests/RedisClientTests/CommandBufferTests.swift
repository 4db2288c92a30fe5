import NIOCore
import Testing

@testable import RedisClient

@Suite struct CommandBufferTests {
    @Test func `a command is an array of bulk strings`() {
        var buffer = ByteBuffer()
        RedisCommand("SET", ["k", RedisArgument([0, 13, 10]), -5, RedisArgument(Int.max), ""]).write(to: &buffer)
        let text = "*6\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n\0\r\n\r\n$2\r\n-5\r\n$19\r\n9223372036854775807\r\n$0\r\n\r\n"
        #expect(String(buffer: buffer) == text)
    }

    @Test func `a removed request takes its bytes with it`() {
        var buffer = CommandBuffer()
        for number in 0..<5 {
            let deadline = NIODeadline.uptimeNanoseconds(UInt64(number))
            buffer.append(RedisCommand("ECHO", [RedisArgument(number)]), deadline: deadline) { _ in }
        }
        let removed = buffer.remove { $0.deadline < .uptimeNanoseconds(2) || $0.deadline == .uptimeNanoseconds(3) }
        #expect(removed.map(\.deadline) == [0, 1, 3].map { .uptimeNanoseconds($0) })
        #expect(buffer.requests.map(\.deadline) == [2, 4].map { .uptimeNanoseconds($0) })
        #expect(buffer.earliestDeadline == .uptimeNanoseconds(2))
        #expect(String(buffer: buffer.bytes) == "*2\r\n$4\r\nECHO\r\n$1\r\n2\r\n*2\r\n$4\r\nECHO\r\n$1\r\n4\r\n")
    }

    @Test func `only the first caller since the last flush asks for one`() {
        let shared = SharedCommandBuffer(maximumReplyBytes: 1 << 20)
        let append = {
            shared.append(mayWrite: true, willAwait: false) {
                $0.append(RedisCommand("PING"), deadline: .distantFuture) { _ in }
            }
        }
        #expect(append() == .flush)
        #expect(append() == .nothing)
        #expect(shared.take().buffer.requests.count == 2)
        #expect(append() == .flush)
    }
}
