import Martlet
import Testing

@Suite struct PrintableTests {
    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("grüße 日本 🎉", "grüße 日本 🎉"), ("a\nb", #"a\u{a}b"#), ("\r\n", #"\u{d}\u{a}"#),
        ("\u{1b}[2J\u{1b}]0;title\u{7}", #"\u{1b}[2J\u{1b}]0;title\u{7}"#), ("\u{0}\u{7f}", #"\u{0}\u{7f}"#),
        ("\u{9b}31m", #"\u{9b}31m"#), ("a\u{202e}fdp.exe", #"a\u{202e}fdp.exe"#),
        ("\u{2066}x\u{2069}", #"\u{2066}x\u{2069}"#),
        ("\u{61c}x", #"\u{61c}x"#), ("a\u{200b}b\u{feff}", #"a\u{200b}b\u{feff}"#),
        ("\u{2028}\u{2029}", #"\u{2028}\u{2029}"#),
        ("\u{e0041}", #"\u{e0041}"#), ("\u{85}", #"\u{85}"#), ("\t", #"\u{9}"#),
    ])
    func `what could move a cursor, hide or turn text round is escaped, all else stays`(text: String, shown: String) {
        #expect(Printable.escaped(text) == shown)
    }

    @Test func `in JSON the same characters are written in JSON's own way`() throws {
        let line = "{\"a\":\"\u{1b}[2J\u{85}\u{202e}\u{e0041}é\\n\"}\u{7f}\n"
        let shown = #"{"a":"\u001b[2J\u0085\u202e\udb40\udc41é\n"}\u007f\u000a"#
        #expect(Printable.escaped(json: line) == shown)
        let value = try #require(JSONValue(String(shown.dropLast(12))))
        #expect(value == .object(["a": .string("\u{1b}[2J\u{85}\u{202e}\u{e0041}é\n")]))
    }

    @Test func `text over the limit ends with an ellipsis, text at it does not`() {
        #expect(Printable.escaped("abc", limit: 3) == "abc")
        #expect(Printable.escaped("abcd", limit: 3) == "abc…")
        #expect(Printable.escaped("\u{1b}\u{1b}\u{1b}", limit: 2) == #"\u{1b}\u{1b}…"#)
    }

    @Test func `newlines stay where that is asked for, carriage returns never`() {
        #expect(Printable.escaped("a\nb\r\nc", keepingNewlines: true) == "a\nb\\u{d}\nc")
    }
}
