import Martlet
import Testing

@Suite struct NameTests {
    @Test(arguments: ["a", "A-Z.a_z-09", ".", "-", String(repeating: "x", count: 128)])
    func `a name is 1 to 128 of its characters`(name: String) {
        #expect(Name.isValid(name))
    }

    @Test(arguments: [
        "", " ", "a b", "a/b", "a:b", "{a}", "a\n", "\u{0}", "\u{1b}[0m", "ä", "e\u{301}", "日本", "a*", "a'b", "$(a)",
        String(repeating: "x", count: 129),
    ])
    func `anything else is none, and the error says what is`(name: String) {
        #expect(!Name.isValid(name))
        let error = #expect(throws: JobError.self) { try Name.checked(name, field: "queue") }
        #expect(error?.code == .invalid)
        #expect(error?.message.hasPrefix("queue: \"") == true)
        #expect(error?.message.hasSuffix("use 1 to 128 of A-Z a-z 0-9 . _ -") == true)
    }
}
