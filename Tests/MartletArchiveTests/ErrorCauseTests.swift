import MartletArchive
import Testing

/// What errors of one cause have in common.
struct ErrorCauseTests {
    private func message(_ error: String) -> String {
        ErrorCause(type: "greet", errorType: nil, error: error).message
    }

    @Test(arguments: [
        ("no user 550e8400-e29b-41d4-a716-446655440000", "no user #"),
        ("no user dabb1e55-cafe-4bad-beef-facefeedabba, gone", "no user #, gone"),
        ("{550E8400-E29B-41D4-A716-446655440000}", "{#}"),
        ("read at 0x7f3a failed", "read at # failed"),
        ("read at 0xdeadbeef failed", "read at # failed"),
        ("job mail/01m8527mpq4jca0snkx7v8 (3f2a9c)", "job mail/# (#)"),
        ("10.0.0.7:6379 after 5000ms at 2026-11-23T12:00:00.123Z", "#.#.#.#:# after #ms at #-#-#T#:#:#.#Z"),
        ("can't open 'a b' or \"c\"", "can't open '…' or \"…\""),
        ("utf8, not well-known-dead-beef", "utf#, not well-known-dead-beef"),
        ("exit code 3 ", "exit code #"),
        ("first\nsecond", "first"),
        ("", ""),
    ]) func `ids, numbers, addresses and quoted names are left out`(error: String, message: String) {
        #expect(self.message(error) == message)
    }

    @Test func `a message is at most 200 bytes, and whole characters`() {
        let message = message(String(repeating: "ä", count: 300))
        #expect(message == String(repeating: "ä", count: 100))
        #expect(self.message("x" + String(repeating: "ä", count: 300)) == "x" + String(repeating: "ä", count: 99))
    }
}
