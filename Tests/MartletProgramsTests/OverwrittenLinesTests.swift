import Testing

@testable import MartletPrograms

/// Lines that are written over.
@Suite struct OverwrittenLinesTests {
    @Test func `a carriage return ends a line, and CRLF is one end`() {
        #expect(lines("a\rb\rc\n") == ["a", "b", "c"])
        #expect(lines("a\r\nb\r\n\r\nc\r\n") == ["a", "b", "", "c"])
        #expect(lines("a\r\r\nb\n") == ["a", "b"])
        #expect(lines("\r 1/2\r 2/2\n\ndone") == [" 1/2", " 2/2", "", "done"])
        #expect(lines("50%\r100%\r") == ["50%", "100%"])
        #expect(lines("50%\r     \r100%\n") == ["50%", "100%"])
        #expect(lines("") == [])
        #expect(lines("\n") == [""])
    }

    @Test func `of a bar with thousands of states the first ones and the last one are lines, and what follows it`() {
        let bar = (1...3000).map { "\r\($0)/3000" }.joined()
        let shown = (1...10).map { "\($0)/3000" }
        #expect(lines("\(bar)\rERROR: disk full\n") == shown + ["ERROR: disk full"])
        #expect(lines("\(bar)\n") == shown + ["3000/3000"])
        #expect(lines(bar) == shown + ["3000/3000"])
        #expect(lines(bar + "\r") == shown + ["3000/3000"])
    }

    @Test func `one state a second is a line, also when nothing follows it`() {
        let start = ContinuousClock.now
        var lines = OverwrittenLines(now: start)
        for number in 1...10 { #expect(lines.take(state("\(number)"), now: start) == "\(number)") }
        #expect(lines.take(state("11"), now: start) == nil)
        #expect(lines.isHolding)
        #expect(lines.due(now: start + .milliseconds(999)) == nil)
        #expect(lines.due(now: start + .seconds(1)) == "11")
        #expect(!lines.isHolding)
        #expect(lines.take(state("12"), now: start + .milliseconds(1500)) == nil)
        #expect(lines.take(state("13"), now: start + .milliseconds(2000)) == "13")
    }

    @Test func `lines with CRLF are all there, however many`() {
        let text = (1...5000).map { "line \($0)\r\n" }.joined()
        #expect(lines(text) == (1...5000).map { "line \($0)" })
    }

    private func state(_ text: String) -> LineSplitter.Piece { .init(text: text, isOpen: true) }

    /// All at one moment.
    private func lines(_ text: String) -> [String] {
        let now = ContinuousClock.now
        var splitter = LineSplitter()
        var lines = OverwrittenLines(now: now)
        let taken = splitter.split(Array(text.utf8)[...]).compactMap { lines.take($0, now: now) }
        return taken + (lines.finish(splitter.finish()).map { [$0] } ?? [])
    }
}
