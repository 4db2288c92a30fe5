import Logging
import Martlet
import Testing

@testable import MartletWorker

@Suite struct LogLineTests {
    private func encode(_ message: String, _ fields: Logger.Metadata = [:], limit: Int = 8192) -> String {
        let line = LogLine.encode(time: 5, level: .info, attempt: 2, message: message, fields: fields, limit: limit)
        return String(decoding: line, as: UTF8.self)
    }

    @Test func `a line is an object with whole words`() {
        #expect(encode("hello") == #"{"time":5,"level":"info","attempt":2,"message":"hello"}"#)
    }

    @Test func `fields stand sorted behind the message, as texts`() {
        let line = encode("hello", ["b": "1", "a": ["x", "y"]])
        #expect(
            line
                == #"{"time":5,"level":"info","attempt":2,"message":"hello","fields":{"a":"["x","y"]","b":"1"}}"#
                .replacing(#""["x","y"]""#, with: #""[\"x\", \"y\"]""#)
        )
    }

    @Test func `a message over the limit is cut, and says so`() {
        let message = String(repeating: "0123456789", count: 10)
        #expect(LogEntry(encode(message, limit: 14)).message == "01234567890123… (86 bytes cut)")
        #expect(LogEntry(encode(message, limit: 100)).message == message)
    }

    @Test func `without a limit nothing is cut`() {
        let message = String(repeating: "x", count: 9000)
        let entry = LogEntry(encode(message, ["stream": "stderr"], limit: .max))
        #expect(entry.message == message)
        #expect(entry.fields == ["stream": "stderr"])
    }

    @Test func `the note of an earlier cut stays`() {
        let message = String(repeating: "x", count: 8192) + "… (314564608 bytes cut)"
        #expect(LogEntry(encode(message, ["stream": "stderr"])).message == message)
        #expect(LogEntry(encode(message, ["stream": "stderr"])).fields == ["stream": "stderr"])
    }

    @Test func `a cut goes through no character`() {
        let tail = String(repeating: "x", count: 100)
        #expect(LogEntry(encode("aaé€" + tail, limit: 3)).message == "aa… (105 bytes cut)")
        #expect(LogEntry(encode("aaé€" + tail, limit: 6)).message == "aaé… (103 bytes cut)")
    }

    @Test func `fields over the limit are left out, and the line says so`() {
        let entry = LogEntry(
            encode("m", ["a": "1", "b": "\(String(repeating: "x", count: 500))", "c": "3"], limit: 200)
        )
        #expect(entry.message == "m")
        #expect(entry.fields == ["a": "1", "c": "3", "…": "1 field cut"])
    }
}
