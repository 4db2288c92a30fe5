import Foundation
import Martlet
import MartletTesting
import ProcessSupervision
import RedisClient
import Testing

/// Each role may run each of its commands on the keys that need it, and on no others.
extension RedisTests {
    @Suite struct SelectorTests {
        /// Each of its commands, on each key that it needs no such command on.
        @Test(arguments: Role.allCases)
        func `a role may run a command on the keys for which it needs it, and on no others`(role: Role) async throws {
            try await withQueue { queue in
                let prefix = queue.store.keys.prefix
                let needs = Role.allCases.map { $0.needs() }
                let all = needs.flatMap { $0.values.flatMap { $0 } } + ["audit", "{*}:log:*", "{scheduler}:leader"]
                let globs = Set(all).subtracting(["*"])
                let arities = try await Self.arities(queue)
                var (allowed, refused) = (0, 0)
                for (command, keys) in role.needs() where !keys.isEmpty && !keys.contains("*") {
                    for glob in globs {
                        let key = "\(prefix):\(Self.sample(of: glob, "mail"))"
                        let answer = try await Self.answer(to: command, key, role, arities, queue)
                        // A key of one glob may be of another as well.
                        let isNeeded = keys.contains { fnmatch("\(prefix):\($0)", key, 0) == 0 }
                        #expect((answer == "OK") == isNeeded, "\(role) \(command) \(key): \(answer)")
                        (allowed, refused) = (allowed + (isNeeded ? 1 : 0), refused + (isNeeded ? 0 : 1))
                    }
                }
                if role != .viewer { #expect(allowed > 10 && refused > 300, "\(allowed) \(refused)") }
            }
        }

        @Test func `a worker that is kept to a queue does its part there, and nothing to another queue`() async throws {
            try await withRedisServer(arguments: Role.users(prefix: "test-*")) { server in
                let queue = try TestQueue(server)
                let prefix = queue.store.keys.prefix
                let rules = Role.worker.rules(prefix: prefix).map { $0.replacing("{*}", with: "{\(queue.name)}") }
                try await queue.setUser(.worker, rules)
                let job = try await queue.running()
                #expect(try await queue.finish(job) == .done(.successful))
                let arities = try await Self.arities(queue)
                var refused = 0
                for (command, globs) in Role.worker.needs() {
                    for glob in globs where glob.hasPrefix("{*}") {
                        let key = "\(prefix):\(Self.sample(of: glob, "other"))"
                        let answer = try await Self.answer(to: command, key, .worker, arities, queue)
                        #expect(answer != "OK", "\(command) \(key)")
                        refused += 1
                    }
                }
                #expect(refused > 50)
                await queue.close()
            }
        }

        @Test(arguments: Role.allCases)
        func `what is only read of a command's key is given to be read, what is only written to be written`(role: Role)
            async throws
        {
            try await withQueue { queue in
                for grant in Grant.all(role.needs()) where !grant.keys.isEmpty {
                    let rule = grant.rules(prefix: "x").joined()
                    for command in grant.commands where !["EVAL", "EVALSHA", "SET"].contains(command) {
                        let info = "\(try await queue.send("COMMAND", "INFO", command.lowercased()))".uppercased()
                        let reads = info.contains("ACCESS") || info.contains("RO")
                        let writes = ["INSERT", "DELETE", "UPDATE"].contains { info.contains("\"\($0)\"") }
                        #expect(rule.contains("%R~") == !writes, "\(command): \(rule)")
                        #expect(rule.contains("%W~") == (writes && !info.contains("\"ACCESS\"")), "\(command): \(rule)")
                        #expect(reads || writes)
                        if role == .viewer { #expect(!writes, "\(command)") }
                    }
                }
            }
        }

        /// An example of a key that a glob behind the prefix stands for.
        private static func sample(of glob: String, _ queue: String) -> String {
            glob.replacing("{*}", with: "{\(queue)}").replacing("*", with: "x")
        }

        /// Redis's answer to whether the user of a role may run a command on a key: `OK`, or the reason against it.
        private static func answer(
            to command: String,
            _ key: String,
            _ role: Role,
            _ arities: [String: Int],
            _ queue: TestQueue
        ) async throws -> String {
            var words = [command] + (command.hasPrefix("EVAL") ? ["-", "1"] : []) + [key]
            while words.count < arities[command] ?? 0 { words.append("1") }
            return try await queue.send(["ACL", "DRYRUN", role.user] + words).string ?? ""
        }

        /// The least number of words of each command, its name among them.
        private static func arities(_ queue: TestQueue) async throws -> [String: Int] {
            let commands = try await queue.send("COMMAND").array ?? []
            return commands.reduce(into: [:]) { arities, command in
                guard let parts = command.array, let name = parts[0].string else { return }
                arities[name.uppercased()] = abs(parts[1].int ?? 0)
            }
        }
    }
}

extension TestQueue {
    /// Gives the user of a role these rights and no others, beside the clock of the tests.
    func setUser(_ role: Role, _ rules: [String]) async throws {
        let clock = "(%R~\(store.keys.prefix):clock +hget)"
        _ = try await send(["ACL", "SETUSER", role.user, "reset", "on", "nopass", clock] + rules)
    }
}
