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
        // EVAL and EVALSHA are allowed on the keys of a role's scripts.
        let others: Set = ["AUTH", "CONFIG|GET", "CONFIG", "EVAL", "EVALSHA"]
        // A person sends it with redis-cli.
        let unsent: Set = ["SCRIPT|KILL"]
        #expect(sent.subtracting(others).subtracting(listed) == [])
        #expect(listed.subtracting(sent) == unsent)
    }

    @Test func `every script is the part of some role, and says its commands as text`() {
        let parts = Role.allCases.reduce(into: Set<ScriptName>()) { $0.formUnion($1.scripts) }
        #expect(parts == Set(ScriptName.allCases))
        for name in ScriptName.allCases {
            let source = ScriptLibrary().source(name)
            let calls = source.matches(of: /redis\.p?call\(/).count
            #expect(calls == source.matches(of: /redis\.p?call\('[A-Z]+'/).count, "\(name)")
            let needs = ScriptNeeds.of(source)
            #expect(needs.endings.isEmpty == (calls == 0))
            #expect(needs.unclear == [], "\(name): a key that is not understood")
        }
    }

    @Test func `what a script needs is read from its text`() {
        let needs = ScriptNeeds.of(
            """
            #!lua
            local function unused(queue)
                redis.call('DEL', queue .. ':job:1')
            end
            -- ring(bell): Redis's own words: it's 'DEL' that is not called.
            local function ring(bell)
                redis.call('RPUSH', bell, '1')
            end
            local queue, states = KEYS[1], {'waiting', 'error'}
            local id, set = ARGV[1], ARGV[2] and queue .. ':unknown' or
                queue .. ':scheduled'
            local keys = {}
            keys[#keys + 1] = queue .. ':log:' .. id
            redis.call('ZADD', set, 1, queue .. ':job:' .. id)
            redis.call('UNLINK', unpack(keys))
            local new = {}
            new[#new + 1] = {queue .. ':object:' .. id, 'type', id}
            for _, fields in ipairs(new) do
                redis.call('HDEL', unpack(fields))
            end
            for _, state in ipairs(states) do
                redis.call('ZREM', queue .. ':' .. state, id)
            end
            redis.call('HSET', queue .. ':' .. ARGV[3], 'a', 1)
            redis.call('EXISTS', KEYS[1], queue .. ':alone')
            redis.pcall('INFO', 'server')
            ring(queue .. ':wake')
            redis.call('HGET', ".clock", 'offset')
            """
        )
        let states = Set(JobState.allCases.map(\.rawValue))
        #expect(
            needs.endings == [
                "ZADD": ["unknown", "scheduled"], "UNLINK": ["log:-"], "HDEL": ["object:-"],
                "ZREM": ["waiting", "error"], "HSET": states,
                "EXISTS": ["", "alone"], "INFO": [], "RPUSH": ["wake"], "HGET": [],
            ]
        )
        #expect(needs.unclear == ["HGET"])
    }

    @Test(arguments: ScriptName.allCases)
    func `what a script's header says that it touches is what it touches`(name: ScriptName) {
        let touched = ScriptNeeds.of(ScriptLibrary().source(name)).endings.values.reduce(into: Set()) {
            $0.formUnion($1)
        }
        let said = Self.said(name)
        #expect(said.subtracting(touched) == [], "its header says that it touches these")
        // A state that is put in from a variable stands for every state; the key itself needs no mention.
        let states = Self.states("all state sets")
        let unsaid = touched.subtracting(said).subtracting(touched.isSuperset(of: states) ? states : [])
        #expect(unsaid.subtracting([""]) == [], "its header does not say that it touches these")
    }

    /// What the line `Touches` of a script's header names.
    private static func said(_ name: ScriptName) -> Set<String> {
        let lines = ScriptLibrary().source(name).split(separator: "\n")
        let first = lines.firstIndex { $0.hasPrefix("-- Touches") } ?? lines.endIndex
        let text = lines[first...].prefix { !$0.hasPrefix("-- Cost") }.map { $0.dropFirst(3) }.joined(separator: " ")
        var said = states(text)
        if text.contains("as finish does") { said.formUnion(Self.said(.finish)) }
        for match in text.replacing("but :running", with: "").matches(of: /:([a-z]+)(:<)?/) {
            said.insert(String(match.output.1) + (match.output.2 == nil ? "" : ":-"))
        }
        return said
    }

    private static func states(_ text: String) -> Set<String> {
        let finished: Set = ["successful", "warning", "error", "cancelled"]
        if text.contains("all state sets") {
            return finished.union(["scheduled", "waiting"]).union(text.contains("but :running") ? [] : ["running"])
        }
        return text.contains("finished states' sets") ? finished : []
    }

    @Test func `a producer may do to each key what enqueueing and waiting do, and nothing else`() {
        let rules = Role.producer.rules(prefix: "martlet")
        #expect(
            rules == [
                "resetchannels", "-@all",
                "+client|setname", "+info", "+ping", "+script|load", "+select", "+time", "+wait",
                "(~martlet:{*} +evalsha +eval)",
                "(%W~martlet:{*}:job:* %W~martlet:{*}:counts:* %W~martlet:{*}:meta +hset)",
                "(%R~martlet:{*}:job:* +hgetall +exists)",
                "(%R~martlet:archiver +hmget)",
                """
                (%W~martlet:{*}:waiting %W~martlet:{*}:deadlines %W~martlet:{*}:fired:* %W~martlet:{*}:object:* \
                %W~martlet:{*}:scheduled +zadd)
                """,
                "(%W~martlet:{*}:confirmed +set)",
                "(%R~martlet:workers +zrange)",
                "(%R~martlet:worker:* +hexists)",
                "(%R~martlet:{*}:job:* %R~martlet:{*}:meta +hget)",
                "(%W~martlet:{*}:wake +rpush)",
                "(%R~martlet:{*}:wake +llen)",
                "(%W~martlet:{*}:counts:* +expire)",
                "(~martlet:{*}:counts:* +hincrby)",
                "(%W~martlet:queues +sadd)",
                "(%R~martlet:{*}:scheduled +zrank)",
                "(%R~martlet:{*}:gone +zscore)",
            ]
        )
    }

    @Test(arguments: [Role.producer, .viewer])
    func `neither a producer nor a viewer may do all that a script of another part does`(role: Role) {
        let rights = role.needs()
        for script in ScriptName.allCases where !role.scripts.contains(script) {
            let lacking = script.needs(ScriptLibrary()).filter { command, keys in
                rights[command].map { !keys.isSubset(of: $0) } ?? true
            }
            #expect(!lacking.isEmpty, "\(role) may do what \(script) does")
        }
    }

    @Test func `rules follow the prefix`() {
        for role in Role.allCases {
            let rules = role.rules(prefix: "jobs")
            let keys = rules.filter { $0.contains("~") }
            #expect(!keys.isEmpty && keys.allSatisfy { $0.hasPrefix("(") && $0.hasSuffix(")") })
            let patterns = keys.flatMap { $0.matches(of: /[(\s](?:%[RW])?~(\S+)/).map(\.output.1) }
            #expect(patterns.count >= keys.count && patterns.allSatisfy { $0.hasPrefix("jobs:") }, "\(patterns)")
            #expect(Array(rules.prefix(2)) == ["resetchannels", "-@all"])
        }
    }
}
