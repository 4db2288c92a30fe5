import Martlet
import Testing

@testable import MartletWorker

/// What a log holds back until Redis has it, without a Redis.
@Suite struct LogBufferTests {
    /// Held by reference, since a macro can't change a value.
    private final class Buffer {
        private var value: LogBuffer

        init(lines: Int = 100) { value = LogBuffer(limits: LogLimits(lines: lines, bytes: 100_000)) }

        var isSettled: Bool { value.isSettled }
        func append(_ number: Int) -> Bool { value.append(Array("\(number)".utf8)) }
        func note(progress: String) -> Bool { value.note(progress: progress) }
        func close() { value.close() }
        func settle(_ answer: LogBuffer.Answer) -> LogBuffer.Next { value.settle(answer) }
        func next() -> Batch? {
            value.nextBatch().map { batch in
                Batch(
                    lines: batch.lines.map { String(decoding: $0, as: UTF8.self) },
                    first: batch.first,
                    lost: batch.lost,
                    progress: batch.progress
                )
            }
        }
    }

    private struct Batch: Equatable {
        let lines: [String]
        let first: Int
        let lost: Int
        let progress: String
    }

    @Test func `only the first line since the last batch tells whoever sends it`() {
        let buffer = Buffer()
        #expect(buffer.append(0))
        #expect(!buffer.append(1))
        #expect(buffer.next()?.lines == ["0", "1"])
        #expect(buffer.append(2))
        #expect(buffer.next() == nil, "one batch is under way at a time")
    }

    @Test func `a batch whose reply is lost goes again under the same numbers`() throws {
        let buffer = Buffer()
        _ = buffer.append(0)
        _ = buffer.next()
        _ = buffer.append(1)
        #expect(buffer.settle(.lost) == .nothing, "the line that came meanwhile has told of itself")
        let again = try #require(buffer.next())
        #expect(again.first == 0)
        #expect(again.lines == ["0", "1"])
        #expect(buffer.settle(.taken) == .nothing)
        #expect(buffer.isSettled)
        _ = buffer.append(2)
        #expect(buffer.next()?.first == 2)
    }

    @Test func `the oldest lines over the limit go, are counted, and take their numbers along`() throws {
        let buffer = Buffer(lines: 3)
        for number in 0..<10 { _ = buffer.append(number) }
        let batch = try #require(buffer.next())
        #expect(batch.lines == ["7", "8", "9"])
        #expect(batch.lost == 7)
        #expect(batch.first == 7)
        // Those that are under way stay, and do not count.
        for number in 10..<15 { _ = buffer.append(number) }
        #expect(buffer.settle(.taken) == .nothing)
        let next = try #require(buffer.next())
        #expect(next.lines == ["12", "13", "14"])
        #expect(next.lost == 2)
        #expect(next.first == 10)
    }

    @Test func `a closed buffer takes no more, and is sent without a pause`() {
        let buffer = Buffer(lines: 5000)
        for number in 0..<1500 { _ = buffer.append(number) }
        #expect(buffer.next()?.lines.count == 1000)
        buffer.close()
        #expect(!buffer.append(1500))
        #expect(!buffer.note(progress: "{}"))
        #expect(buffer.settle(.taken) == .again)
        #expect(buffer.next()?.lines.count == 500)
        #expect(!buffer.isSettled)
        #expect(buffer.settle(.taken) == .nothing)
        #expect(buffer.isSettled)
    }

    @Test func `what is refused is held no longer`() {
        let buffer = Buffer()
        _ = buffer.append(0)
        _ = buffer.next()
        #expect(buffer.settle(.refused) == .nothing)
        #expect(buffer.isSettled)
        #expect(!buffer.append(1))
        #expect(buffer.next() == nil)
    }

    @Test func `a progress that changes while it is sent is sent again`() {
        let buffer = Buffer()
        #expect(buffer.note(progress: "1"))
        #expect(buffer.next()?.progress == "1")
        #expect(buffer.note(progress: "2"))
        #expect(buffer.settle(.taken) == .nothing)
        #expect(buffer.next()?.progress == "2")
        #expect(buffer.settle(.taken) == .nothing)
        #expect(buffer.isSettled)
    }
}
