import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// Each role may do its part and nothing else; the other suites, which run as the roles, show that it may do its part.
extension RedisTests {
    @Suite struct RightsTests {
        @Test(arguments: Role.allCases)
        func `a role may run its commands and no other that the server has`(role: Role) async throws {
            try await withQueue { queue in
                let allowed = Set(role.commands().map { $0.lowercased() })
                // Every connection may authenticate and quit.
                let always: Set = ["auth", "hello", "quit", "reset"]
                var refused = 0
                for item in try #require(try await queue.send("COMMAND").array) {
                    let parts = try #require(item.array)
                    let name = try #require(parts[0].string)
                    let count = abs(try #require(parts[1].int)) - 1
                    let words = [role.user, name] + Array(repeating: "x", count: count)
                    guard !always.contains(name), !allowed.contains(name) else { continue }
                    // A command with subcommands is not known without one; the subcommands follow below.
                    let answer: String
                    do {
                        answer = try await queue.send(["ACL", "DRYRUN"] + words).string ?? ""
                    } catch let error as RedisError {
                        answer = error.message
                    }
                    let isRefused = answer.contains("has no permissions") || answer.contains("not found")
                    #expect(isRefused, "\(role) may \(name): \(answer)")
                    refused += 1
                }
                #expect(refused > 150)
            }
        }

        @Test(arguments: Role.allCases)
        func `a role may not do what is nobody's part`(role: Role) async throws {
            try await withQueue { queue in
                let lines = [
                    "FLUSHALL", "FLUSHDB", "KEYS *", "CONFIG GET requirepass", "CONFIG SET maxmemory 1", "ACL LIST",
                    "ACL SETUSER x on", "CLIENT LIST", "CLIENT KILL TYPE normal", "SCRIPT FLUSH",
                    "FUNCTION FLUSH", "SHUTDOWN", "SAVE", "BGREWRITEAOF", "REPLICAOF no one",
                    "MONITOR", "PUBLISH x y", "SUBSCRIBE x", "DEL \(queue.root):waiting", "RENAME a b", "DUMP a",
                    "MIGRATE h 1 k 0 1", "OBJECT ENCODING a", "MEMORY USAGE a", "SORT a", "SWAPDB 0 1", "EXPIRE a 1",
                ]
                for line in lines { await expectRefused(line, role, queue) }
                if role != .operator { await expectRefused("SCRIPT KILL", role, queue) }
            }
        }

        @Test func `an operator ends a script that does not end`() async throws {
            // A server of its own: nothing else is answered meanwhile.
            try await withRedisServer(arguments: Role.users(prefix: "test-*")) { server in
                let queue = try TestQueue(server)
                let producer = queue.client(as: .producer).store.redis
                let `operator` = queue.client(as: .operator).store.redis
                _ = try await `operator`.send(RedisCommand("PING"))
                _ = try await queue.send("CONFIG", "SET", "busy-reply-threshold", "100")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await #expect(throws: RedisError.self) {
                            try await producer.send(RedisCommand("EVAL", ["while true do end", 0]))
                        }
                    }
                    try await eventually("it is killed") {
                        (try? await `operator`.send(RedisCommand("SCRIPT", ["KILL"])).string) == "OK"
                    }
                    try await group.waitForAll()
                }
                await queue.close()
            }
        }

        @Test func `keys that are not a role's part are not read or written by it`() async throws {
            try await withQueue { queue in
                let (root, prefix) = (queue.root, queue.store.keys.prefix)
                let lines: [(Role, String)] = [
                    (.producer, "HGETALL \(prefix):worker:ada"), (.producer, "HGET \(prefix):archiver host"),
                    (.producer, "SADD \(prefix):workers x"), (.producer, "ZADD \(root):successful 1 x"),
                    (.producer, "ZADD \(root):running 1 x"), (.producer, "RPUSH \(root):log:1 x"),
                    (.producer, "HSET \(prefix):{scheduler}:leader worker x"),
                    (.producer, "HSET \(prefix):{scheduler}:schedule:tick cron x"),
                    (.producer, "RPUSH \(prefix):worker:ada:orders x"), (.producer, "RPUSH \(prefix):audit x"),
                    (.producer, "SET \(root):job:1 x"), (.producer, "SET \(root):waiting x"),
                    (.producer, "SET \(prefix):queues x"), (.producer, "EXPIRE \(root):job:1 1"),
                    (.producer, "EXPIRE \(root):waiting 1"), (.producer, "SADD \(root):job:1 x"),
                    (.producer, "HSET \(root):waiting x 1"), (.producer, "HINCRBY \(root):job:1 attempt 1"),
                    (.producer, "ZRANGE \(root):waiting 0 -1"), (.producer, "HGETALL \(root):meta"),
                    (.producer, "SET \(root):confirmed x GET"), (.producer, "HGETALL \(root):counts:1"),
                    (.producer, "EVAL return~redis.call('SET',KEYS[1]..':job:1','x') 1 \(root)"),
                    (.producer, "EVAL return~redis.call('UNLINK',KEYS[1]..':job:1') 1 \(root)"),
                    (.worker, "SET \(root):job:1 x"), (.worker, "UNLINK \(root):waiting"),
                    (.worker, "UNLINK \(prefix):queues"), (.worker, "UNLINK \(prefix):archiver"),
                    (.worker, "HSET \(prefix):queues x 1"), (.worker, "UNLINK \(prefix):{scheduler}:leader"),
                    (.worker, "SET \(prefix):{scheduler}:leader x"), (.worker, "LTRIM \(root):log:1 0 0"),
                    (.operator, "UNLINK \(prefix):audit"), (.operator, "SET \(root):job:1 x"),
                    (.operator, "UNLINK \(root):waiting"), (.operator, "HSET \(prefix):worker:ada host x"),
                    (.operator, "UNLINK \(prefix):{scheduler}:leader"), (.operator, "INCR \(prefix):{scheduler}:term"),
                    (.worker, "LPUSH \(prefix):audit x"), (.worker, "LRANGE \(prefix):audit 0 1"),
                    (.viewer, "HSET \(root):job:1 state x"), (.viewer, "EVALSHA_RO x 0"), (.viewer, "EVAL x 0"),
                    (.viewer, "RPUSH \(prefix):worker:ada:orders x"),
                ]
                for (role, line) in lines { await expectRefused(line, role, queue) }
                let foreign = ["HGET other:key x", "HGET tes:{mail}:job:1 x", "EXISTS session:1"]
                for role in Role.allCases {
                    for line in foreign { await expectRefused(line, role, queue) }
                }
                for role in Role.allCases where role != .viewer {
                    await expectRefused("EVAL return~redis.call('HGET','other','x') 0", role, queue)
                    await expectRefused("EVAL return~redis.call('FLUSHALL') 0", role, queue)
                    await expectRefused("EVAL return~1 1 other", role, queue)
                }
            }
        }

        @Test func `a transition that is not a role's part is refused by name, and nothing is written`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let waiting = try await queue.enqueue()
                let producer = queue.client(as: .producer)
                let worker = queue.client(as: .worker)
                try await queue.expectUnchanged {
                    for (client, role) in [(producer, "producer"), (queue.client(as: .viewer), "viewer")] {
                        let error = await #expect(throws: JobError.self) { try await client.store.cancel(waiting) }
                        #expect(error?.redis?.code == .noPermission)
                        let said = error?.message ?? ""
                        #expect(said.hasPrefix("user martlet-\(role) may not run the script cancel ("), "\(said)")
                        #expect(said.contains("NOPERM); the role operator may; martlet doctor --acl"), "\(said)")
                    }
                    let error = await #expect(throws: JobError.self) { try await producer.store.restart(job.id) }
                    #expect(error?.message.contains("the script restart (which needs ") == true)
                    await #expect(throws: JobError.self) {
                        try await worker.inspector.pause(queue: queue.name, by: Operator("x"))
                    }
                    await #expect(throws: JobError.self) { try await producer.store.lead("ada", lease: .seconds(1)) }
                    let read = await #expect(throws: JobError.self) { try await producer.inspector.queueNames() }
                    let key = "\(queue.store.keys.prefix):queues"
                    #expect(
                        read?.message.hasPrefix("user martlet-producer may not run SMEMBERS on \(key) (NOPERM)") == true
                    )
                }
                _ = try await queue.finish(job)
            }
        }

        @Test func `a command that is missing is found before the first job is half written`() async throws {
            try await withRedisServer(arguments: Role.users(prefix: "test-*")) { server in
                let queue = try TestQueue(server)
                // The enqueue script writes the job's hash before it adds the job to the waiting ones. The user is set
                // anew, since `-zadd` takes nothing from a selector.
                let rules = Role.producer.rules(prefix: queue.store.keys.prefix).filter { !$0.contains("+zadd") }
                try await queue.setUser(.producer, rules)
                let error = await #expect(throws: JobError.self) {
                    let job = try NewJob(type: "greet", json: "{}", id: "a", options: JobOptions(queue: queue.name))
                    _ = try await queue.client(as: .producer).enqueue([job])
                }
                #expect(error?.message.contains("the script enqueue (which needs ZADD on ") == true, "\(error as Any)")
                #expect(error?.redis?.mayHaveBeenApplied == false)
                #expect(try await queue.snapshot().isEmpty)
                await queue.close()
            }
        }

        @Test func `a right that is taken away breaks off one call, then none that would write, and heals`()
            async throws
        {
            try await withRedisServer(arguments: Role.users(prefix: "test-*")) { server in
                let queue = try TestQueue(server)
                let client = queue.client(as: .producer)
                func enqueue() async throws -> JobID {
                    try await client.enqueue([
                        NewJob(type: "greet", json: "{}", options: JobOptions(queue: queue.name))
                    ])[0].id
                }
                func setUsers(without command: String = "none") async throws {
                    for role in [Role.worker, .producer] {
                        let rules = role.rules(prefix: queue.store.keys.prefix)
                        try await queue.setUser(role, rules.filter { !$0.contains("+\(command)") })
                    }
                }
                func expectRefused(_ script: ScriptName, _ call: () async throws -> Void) async {
                    let error = await #expect(throws: JobError.self) { try await call() }
                    #expect(error?.redis?.code == .noPermission)
                    let said = "the script \(script.rawValue) (which needs ZADD on "
                    #expect(error?.message.contains(said) == true, "\(error as Any)")
                }
                for _ in 0..<3 { _ = try await enqueue() }
                let jobs = try await queue.claim(2).jobs
                _ = try await queue.finish(jobs[0])

                try await setUsers(without: "zadd")
                await #expect(throws: JobError.self) { try await queue.claim(number: 7) }
                await #expect(throws: JobError.self) { _ = try await enqueue() }
                try await queue.expectUnchanged {
                    await expectRefused(.claim) { _ = try await queue.claim(number: 8, lull: true) }
                    await expectRefused(.finish) { _ = try await queue.finish(jobs[1]) }
                    await expectRefused(.enqueue) { _ = try await enqueue() }
                }
                try await setUsers()
                #expect(try await queue.finish(jobs[1]) == .done(.successful))
                let id = try await enqueue()
                #expect(try await queue.claim(4, number: 9).jobs.map(\.id).contains(id))
                await queue.close()
            }
        }

        @Test func `the server is asked whether it takes every script, and a user that may load none is told so`()
            async throws
        {
            try await withQueue { queue in
                let scripts = try await queue.inspector.loadScripts()
                #expect(scripts?.loaded == ScriptName.allCases.count)
                #expect(scripts?.refused == [:])
                #expect(try await queue.client(as: .viewer).inspector.loadScripts() == nil)
                let broken = try JobClient(
                    queue.store.redis,
                    prefix: queue.store.keys.prefix,
                    library: ScriptLibrary(editing: { $0 == .prune ? "if" : $1 }),
                    logger: queue.client.logger
                )
                let found = try #require(try await broken.inspector.loadScripts())
                #expect(found.loaded == ScriptName.allCases.count - 1)
                #expect(found.refused.keys.sorted() == ["prune"])
                #expect(found.refused["prune"]?.contains("compiling script") == true, "\(found.refused)")
            }
        }

        private func expectRefused(_ line: String, _ role: Role, _ queue: TestQueue) async {
            let words = line.split(separator: " ").map { $0.replacing("~", with: " ") }
            let error = await #expect(throws: RedisError.self, "\(role): \(line)") {
                let arguments = words.dropFirst().map { RedisArgument(String($0)) }
                _ = try await queue.client(as: role).store.redis.send(RedisCommand(String(words[0]), arguments))
            }
            #expect(error?.code == .noPermission, "\(role): \(line): \(error?.message ?? "")")
        }
    }
}
