/// The rule for names of queues, job types, ids and workers: `[A-Za-z0-9._-]{1,128}`. So no name needs quoting in a
/// key, a shell or a terminal.
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
        guard isValid(text) else { throw .invalid(field, text, "use 1 to 128 of A-Z a-z 0-9 . _ -") }
        return text
    }
}
