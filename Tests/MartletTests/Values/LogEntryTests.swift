import Martlet
import Testing

@Suite struct LogEntryTests {
    @Test func `a line is read with its fields`() {
        let entry = LogEntry(#"{"time":5,"level":"info","attempt":2,"message":"hi\n","fields":{"a":"b"}}"#)
        #expect((entry.time.milliseconds, entry.level, entry.attempt, entry.message) == (5, "info", 2, "hi\n"))
        #expect(entry.fields == ["a": "b"])
        #expect(LogEntry(#"{"time":5,"level":"info","attempt":2,"message":""}"#).fields == [:])
    }

    @Test(arguments: ["", "garbage", "{}", "[]", "null", #"{"time":"x"}"#, "\u{1b}[2J", #"{"time":1e99}"#])
    func `a line that is none becomes a message of its own`(line: String) {
        let entry = LogEntry(line)
        #expect((entry.message, entry.json, entry.time.milliseconds, entry.level) == (line, line, 0, "info"))
    }
}
