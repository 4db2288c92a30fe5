import Martlet
import Testing

@Suite struct JobIDTests {
    @Test func `100,000 ids are 22 characters each, strictly increasing and names`() {
        var last = ""
        for _ in 0..<100_000 {
            let id = JobID.makeLocal()
            guard id.utf8.count == 22, id > last else {
                Issue.record("\(id) after \(last)")
                return
            }
            last = id
        }
        #expect(Name.isValid(last))
        #expect(last.utf8.allSatisfy { "0123456789abcdefghjkmnpqrstvwxyz".utf8.contains($0) })
    }

    @Test func `ids made by many tasks at once are all different`() async {
        let ids = await withTaskGroup(of: [String].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2000).map { _ in JobID.makeLocal() } } }
            return await group.reduce(into: Set<String>()) { $0.formUnion($1) }
        }
        #expect(ids.count == 16_000)
    }

    @Test func `a full id is its queue, a slash and the rest`() throws {
        let id = try JobID("mail/01jd3x")
        #expect((id.queue, id.local, "\(id)") == ("mail", "01jd3x", "mail/01jd3x"))
        #expect(try JobID(queue: "mail", local: "01jd3x") == id)
    }

    @Test(arguments: [
        "", "mail", "/", "mail/", "/a", "mail/a/b", "mail//a", "m ail/a", "mail/\u{0}", "ma\u{1b}l/a", "{mail}/a",
    ])
    func `what is no full id is refused`(text: String) {
        let error = #expect(throws: JobError.self) { try JobID(text) }
        #expect(error?.code == .invalid)
        #expect(error?.message.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
    }
}
