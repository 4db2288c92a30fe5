import Testing

@testable import MartletChaos

@Suite struct HistoryEventTests {
    @Test func `a line is read as it was written`() {
        let event = HistoryEvent(
            time: 1_700_000_000_123,
            kind: .call,
            job: "j17",
            token: 3,
            attempt: 2,
            what: "finish",
            word: "successful"
        )
        #expect(HistoryEvent(line: Array(event.line.utf8)[...]) == event)
    }

    @Test func `a line that was cut off is none`() {
        #expect(HistoryEvent(line: Array("{\"t\":17,\"e\":\"ru".utf8)[...]) == nil)
    }
}
