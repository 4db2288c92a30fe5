import Foundation
import MartletScripts
import Testing

@testable import Martlet

/// The commands and keys of the roles are compared with the sources, so that neither lags behind the other.
@Suite struct RoleTests {
    /// Every command that the library sends outside scripts.
    private static func sent() throws -> Set<String> {
        var names: Set<String> = []
        for module in ["Martlet", "MartletWorker", "MartletArchive", "RedisClient"] {
            let folder = Repository.root.appending(path: "Sources/\(module)")
            let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            for case let file as URL in files
            where file.pathExtension == "swift" && file.pathComponents.suffix(2).first != "Rights" {
                let text = try String(contentsOf: file, encoding: .utf8)
                for match in text.matches(of: /RedisCommand\(\s*"([A-Z]+)"(?:, \["([A-Z]+)")?/) {
                    names.insert(
                        [match.output.1, match.output.2].compactMap { $0.map(String.init) }.joined(separator: "|")
                    )
                }
                // These names stand apart from the place that sends them.
                for match in text.matches(of: /"(Z[A-Z]{3,}|SCAN)"/) { names.insert(String(match.output.1)) }
            }
        }
        return names
    }

    @Test func `every plain command in the sources is some role's, and every one of a role is in the sources`() throws {
        let sent = try Self.sent()
        let listed = Role.allCases.reduce(into: Set<String>()) { $0.formUnion($1.plainCommands) }
        // AUTH is sent before there is a user. CONFIG shows passwords, so no role has it, and doctor works without it.
        let others: Set = ["AUTH", "CONFIG|GET", "CONFIG"]
        #expect(sent.subtracting(others).subtracting(listed) == [])
        #expect(listed.subtracting(sent) == [])
    }

    @Test func `every script is the part of some role, and says its commands as text`() {
        let parts = Role.allCases.reduce(into: Set<ScriptName>()) { $0.formUnion($1.scripts) }
        #expect(parts == Set(ScriptName.allCases))
        for name in ScriptName.allCases {
            let source = ScriptLibrary().source(name)
            let calls = source.matches(of: /redis\.p?call\(/).count
            #expect(calls == source.matches(of: /redis\.p?call\('[A-Z]+'/).count, "\(name)")
            #expect(ScriptLibrary.commands(in: source).isEmpty == (calls == 0))
        }
    }

    @Test func `what a script needs is read from its text`() {
        let text = """
            -- Redis's own words: it's 'DEL' that is not called.
            local set = queue .. ':waiting'
            redis.call('ZADD', set, 1, queue .. ':job:' .. id)
            redis.pcall('INFO', 'server')
            """
        #expect(ScriptLibrary.commands(in: text) == ["INFO", "ZADD"])
        #expect(ScriptLibrary.endings(in: text) == ["job:-", "waiting"])
        #expect(ScriptLibrary.endings(in: "queue .. ':' .. state").contains("successful"))
    }

    @Test func `rules follow the prefix`() {
        for role in Role.allCases {
            let rules = role.rules(prefix: "jobs")
            let keys = rules.filter { $0.contains("~") }
            #expect(!keys.isEmpty && keys.allSatisfy { $0.contains("~jobs:") }, "\(keys)")
            #expect(Array(rules.dropFirst(keys.count).prefix(2)) == ["resetchannels", "-@all"])
        }
    }
}
