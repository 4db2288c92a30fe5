import Foundation
import Martlet
import MartletTesting
import Testing

/// The strict rules by which a payload is one JSON value; anything else is refused with the place and the reason.
@Suite struct JSONSyntaxTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "-0.0", "1.10", "1e5", "1E+05", "0.5e-10", "12345678901234567890", "1e-999",
        #""""#, #""a\"\\\/\b\f\n\r\t\u00e9""#, #""\ud83d\ude00 \u0000""#, "\"é 日本 \u{1f600} \u{7f}\"", "[]", "{}",
        " [ ] ",
        "\t\r\n {\"a\" : [1 , {\"\" : null}]} \n", #"{"a":1,"a":2}"#, "[[[[]]]]",
    ])
    func `JSON is taken`(text: String) {
        #expect(JSONSyntax.fault(in: text) == nil)
    }

    @Test(arguments: [
        ("", "a value is missing at position 1"), (" \n ", "a value is missing at line 2, position 2"),
        (#"{"a":1,}"#, "a comma is followed by no value at position 8"),
        ("[1,]", "a comma is followed by no value at position 4"), ("[,1]", ", begins no value at position 2"),
        (#"{"a":[1,],}"#, "a comma is followed by no value at position 9"), ("{,}", "a name in double quotes"),
        ("[1 2]", "2 stands where a comma or ] is due at position 4"), ("[1", "] is missing at position 3"),
        (#"{"a":1"#, "} is missing at position 7"), ("[1}", "} stands where a comma or ] is due"),
        ("]", "] begins no value"), ("\u{feff}{}", "a byte order mark, which is to be left out, at position 1"),
        ("{}{}", "the value is complete, but { follows it at position 3"), ("1 2", "but 2 follows it at position 3"),
        ("{}\u{0}", "something else follows it at position 3"), ("[] // no", "but / follows it"),
        ("/**/1", "/ begins no value"),
        (#"{"a":01}"#, "a number begins with 0 at position 6"), ("-", "a digit is missing at position 2"),
        ("-01", "a number begins with 0 at position 1"), ("+1", "+ begins no value"), (".5", ". begins no value"),
        ("1.", "a digit is missing"), ("1.e5", "a digit is missing"), ("1e", "a digit is missing"),
        ("0x10", "but x follows it"),
        ("1_000", "but _ follows it"), ("1e999", "larger than a double"),
        (String(repeating: "9", count: 400), "larger than"),
        ("NaN", "N begins no value"), ("-Infinity", "a digit is missing"), ("Infinity", "I begins no value"),
        ("nul", "a word that is not true, false or null at position 1"), ("True", "T begins no value"),
        ("nulls", "but s follows it"), ("'a'", "a text begins with ' and not with \""),
        (#"{a:1}"#, "a name in double quotes"),
        (#"{1:1}"#, "a name in double quotes"), (#"{"a"}"#, "the colon after a name is missing at position 5"),
        (#"{"a" 1}"#, "the colon after a name is missing"), (#"{"a":}"#, "} begins no value at position 6"),
        (#"{"a":1,"b"}"#, "the colon"),
        ("\"é\nb\"", #"a control character, which is to be written \u000a, at position 3"#),
        ("\"\t\"", #"\u0009"#), ("\"\u{1f}\"", #"\u001f"#), ("\"a", "a text has no end, which begins at position 1"),
        (#""\"#, "a text has no end, which ends at position 3"),
        (#""\x""#, "an escape that JSON does not have at position 2"),
        (#""\u12""#, "\\u without four"), (#""\u+123""#, "\\u without four"),
        (#""\ud83d""#, "half of a surrogate pair"),
        (#""\ude00""#, "half of a surrogate pair stands alone at position 2"),
        (#""\ud83d\u0041""#, "half of a surrogate"),
        (#""\ud83dx""#, "half of a surrogate pair"),
        ("{\n  \"a\": 1,\n  \"é\": x\n}", "x begins no value at line 3, position 8"),
    ])
    func `what is not JSON is refused, with the place and the reason`(text: String, reason: String) {
        let fault = JSONSyntax.fault(in: text)
        #expect(fault?.contains(reason) == true, "\(fault ?? "taken")")
        do throws(JobError) {
            _ = try NewJob(type: "t", json: text)
            Issue.record("it was enqueued")
        } catch {
            #expect(error.invalidValue?.field == "payload" && error.message.contains("it must be JSON: \(fault ?? "")"))
        }
    }

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
    func `512 levels are taken, and the 513th is named`(open: String, close: String) {
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        #expect(JSONSyntax.fault(in: nested(512)) == nil)
        #expect(JSONValue(nested(512)) != nil)
        let place = 512 * open.utf8.count + 1
        #expect(JSONSyntax.fault(in: nested(513)) == "it is nested deeper than 512 levels at position \(place)")
        #expect(JSONSyntax.fault(in: nested(1_000_000)) != nil)
    }

    /// Fails unless Foundation takes whatever is taken, and nothing that it cannot read gets through.
    @Test func `text that was damaged at random is taken only when another reader takes it`() throws {
        var random = SplitMix64(seed: 20_261_128)
        let seeds = [
            #"{"a":[1.5e3,-0,"x\ud83d\ude00\n"],"b":{"c":null,"d":true},"e":[]}"#, "[\"é\", 12, {\"k\": false}]",
        ]
        let alphabet = Array(#"{}[]",:\u0123eE+-.tfn ad8"#.utf8) + [0, 9, 10, 0x7f]
        var taken = 0
        for number in 0..<20_000 {
            var bytes = Array(seeds[number % seeds.count].utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
                default: bytes[place] = alphabet.randomElement(using: &random) ?? 0
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard JSONSyntax.isValue(text) else { continue }
            taken += 1
            #expect(throws: Never.self, "\(text)") {
                _ = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            }
        }
        #expect(taken > 100)
    }
}
