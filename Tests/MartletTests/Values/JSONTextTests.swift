import Foundation
import Martlet
import Testing

@Suite struct JSONTextTests {
    @Test func `any text comes back from a JSON decoder`() throws {
        let scalars = [
            0..<0x2000, 0x2000..<0x2070, 0xd7f0..<0xd800, 0xe000..<0xe010, 0xfff0..<0x10010, 0x1f600..<0x1f650,
        ]
        for scalar in scalars.joined().compactMap({ Unicode.Scalar($0) }) {
            let text = "a\(Character(scalar))b"
            let json = JSONText.quoted(text)
            let decoded = try JSONDecoder().decode(String.self, from: Data(json.utf8))
            guard Array(decoded.unicodeScalars) == Array(text.unicodeScalars) else {
                Issue.record("\(String(scalar.value, radix: 16)) came back as \(Array(decoded.unicodeScalars))")
                continue
            }
        }
    }

    @Test func `a text is one line of printable bytes and what is above ASCII`() {
        #expect(JSONText.quoted("\"\\\n\r\t\u{0}\u{1f}\u{7f}/é") == #""\"\\\n\r\t\u0000\u001f\u007f/é""#)
    }

    @Test(arguments: ["null", "true", "-7", "9223372036854775807", "1.5", "\"a\"", "[1,[]]", "{\"a\":{}}"])
    func `JSON is recognised`(text: String) {
        #expect(JSONValue(text) != nil)
    }

    @Test(arguments: ["", "nul", "{", "[1", "'a'", "{\"a\":}", "\u{0}", "\"\n\""])
    func `what is no JSON is none`(text: String) {
        #expect(JSONValue(text) == nil)
    }
}
