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
        #expect(error?.message.contains("; use 1 to 128 of A-Z a-z 0-9 . _ -") == true)
    }

    /// Names of other systems: Ruby's classes, ids with a colon, titles.
    @Test(arguments: [
        ("user:42", "user.42"), ("a/b", "a.b"), ("Mail::Welcome", "Mail.Welcome"), ("Daily report", "Daily.report"),
        (#"App\Jobs\Send"#, "App.Jobs.Send"), ("{mail}", "mail"), ("Überfällig", "berf.llig"), ("a\u{1b}[2Jb", "a.2Jb"),
    ])
    func `the error says which name is near`(text: String, near: String) {
        #expect(Name.isValid(near))
        #expect(Name.remedy(for: text).hasSuffix(" . _ -, for example \(near)"))
        #expect(Name.remedy(for: text, most: near.utf8.count - 1).hasSuffix(" . _ -"))
    }

    @Test(arguments: ["", "::", "日本a", String(repeating: "x", count: 129)])
    func `where none is near, it says only what a name is`(text: String) {
        #expect(Name.remedy(for: text) == "use 1 to 128 of A-Z a-z 0-9 . _ -")
    }
}
