/// The rule for the names of queues, job types and workers and for ids: `[A-Za-z0-9._-]{1,128}`.
///
/// With it no name needs quotes in a key, a shell or a terminal.
package enum Name {
    package static func isValid(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    package static func checked(_ text: String, field: String) throws(JobError) -> String {
        guard isValid(text) else { throw .invalid(field, text, remedy(for: text)) }
        return text
    }

    /// The text that says what a name is, with a name that is near to a text that is none: `user.42` for `user:42`.
    package static func remedy(for text: String, most: Int = 128) -> String {
        let rule = "use 1 to \(most) of A-Z a-z 0-9 . _ -"
        let parts = text.unicodeScalars.split { !isValid(String($0)) }
        let name = parts.map { String($0) }.joined(separator: ".")
        // Of a name in another script only crumbs would be left.
        let isNear = 2 * name.utf8.count >= text.unicodeScalars.count
        return (1...most).contains(name.utf8.count) && isNear ? "\(rule), for example \(name)" : rule
    }
}
