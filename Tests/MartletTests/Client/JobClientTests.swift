import Logging
import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

extension RedisTests {
    @Suite struct JobClientTests {
        private struct Greet: Job {
            static let jobType = "greet"
            static let options = JobOptions(queue: "mail", priority: 2)
            let to: String
        }

        @Test func `an enqueued job waits, and its queue is known`() async throws {
            try await withQueue { queue in
                let entered = try await queue.client(as: .producer).enqueue(Greet(to: "ada"), id: "a")
                #expect((entered.id, entered.isNew) == (try queue.id("a"), true))
                let record = try await queue.inspector.job(entered.id)
                #expect((record?.type, record?.state, record?.payload) == ("greet", .waiting, #"{"to":"ada"}"#))
                #expect(try await queue.inspector.queueNames() == ["mail"])
            }
        }

        @Test func `the same id twice gives the job that is there`() async throws {
            try await withQueue { queue in
                _ = try await queue.client(as: .producer).enqueue(Greet(to: "ada"), id: "a")
                try await queue.expectUnchanged {
                    let entered = try await queue.client(as: .producer).enqueue(
                        Greet(to: "bob"),
                        id: "a",
                        start: .after(.seconds(1))
                    )
                    #expect(!entered.isNew)
                }
            }
        }

        @Test func `many jobs of several queues keep the order of their results`() async throws {
            let bed = try TestQueue(try #require(PrivateRedis.server))
            let client = bed.client(as: .producer)
            let queues = (0..<1300).map { ["a", "a", "b", "c"][($0 / 7) % 4] }
            var jobs: [NewJob] = []
            for (number, queue) in queues.enumerated() {
                jobs.append(try NewJob(type: "t", json: "\(number)", options: JobOptions(queue: queue)))
            }
            // One job in the middle exists already.
            _ = try await client.enqueue([jobs[700]])
            let entered = try await client.enqueue(jobs)
            #expect(entered.map(\.id) == jobs.map(\.id))
            #expect(entered.enumerated().filter { !$0.element.isNew }.map(\.offset) == [700])
            for queue in ["a", "b", "c"] {
                let count = try await bed.inspector.counts(queue: queue)[.waiting]
                #expect(count == queues.count { $0 == queue })
            }
            #expect(try await bed.inspector.queueNames() == ["a", "b", "c"])
            await bed.close()
        }

        @Test func `more than 500 jobs, and more than a megabyte of them, go in`() async throws {
            let bed = try TestQueue(try #require(PrivateRedis.server))
            let client = bed.client(as: .producer)
            let payload = "\"" + String(repeating: "x", count: 200 << 10) + "\""
            let large = try (0..<12).map { _ in try NewJob(type: "t", json: payload) }
            let small = try (0..<1001).map { try NewJob(type: "t", json: "\($0)") }
            #expect(try await client.enqueue(large + small).count == 1013)
            #expect(try await bed.inspector.counts(queue: "default")[.waiting] == 1013)
            #expect(try await client.enqueue([NewJob]()) == [])
            await bed.close()
        }

        @Test func `a payload over the limit leaves nothing of the whole call`() async throws {
            let server = try #require(PrivateRedis.server)
            let queue = try TestQueue(server)
            let prefix = queue.store.keys.prefix
            let client = try JobClient.forTesting(server, prefix: prefix, payloadLimit: 10, as: .producer)
            let good = try NewJob(type: "t", json: "12345678", options: JobOptions(queue: "mail"))
            let bad = try NewJob(type: "t", json: "12345678901", options: JobOptions(queue: "mail"))
            try await queue.expectUnchanged {
                let error = await #expect(throws: JobError.self) { try await client.enqueue([good, bad]) }
                #expect(error?.code == .invalid)
                #expect(error?.message.contains("use at most 10 bytes") == true)
            }
            await client.close()
            await queue.close()
        }

        @Test func `without Redis a call fails soon, and says where it looked`() async throws {
            let client = try JobClient(redis: "unix:///nowhere/redis.sock", logger: Logger(label: "test"))
            let start = ContinuousClock.now
            let error = await #expect(throws: JobError.self) { try await client.enqueue(Greet(to: "ada")) }
            #expect(error?.code == .redis)
            #expect(error?.redis?.mayHaveBeenApplied == false)
            #expect(error?.message.contains("/nowhere/redis.sock") == true)
            #expect(ContinuousClock.now - start < .seconds(120))
            await client.close()
        }

        @Test func `a server that evicts is refused before anything is written`() async throws {
            try await withRedisServer(arguments: Role.users(prefix: "test-*") + ["--maxmemory-policy", "allkeys-lru"]) {
                server in
                let queue = try TestQueue(server)
                let error = await #expect(throws: JobError.self) {
                    try await queue.client(as: .producer).enqueue(Greet(to: "ada"))
                }
                #expect(error?.code == .unfit)
                #expect(try await queue.snapshot().isEmpty)
                await queue.close()
            }
        }

        @Test func `a job goes in again after Redis was restarted and forgot the scripts`() async throws {
            try await withRedisServer { server in
                let client = try JobClient.forTesting(server)
                _ = try await client.enqueue(Greet(to: "ada"))
                try await server.restart()
                try await eventually("the client is back") {
                    do throws(JobError) {
                        return try await client.enqueue(Greet(to: "bob"), id: "b").id.local == "b"
                    } catch {
                        #expect(error.code == .redis)
                        return false
                    }
                }
                await client.close()
            }
        }

        @Test(arguments: ["", "a:b", "{a}", "a b"])
        func `a prefix that is no name is refused`(prefix: String) {
            let error = #expect(throws: JobError.self) { try JobClient(redis: "redis://localhost", prefix: prefix) }
            #expect(error?.code == .invalid)
            #expect(error?.message.hasPrefix("prefix: ") == true)
        }

        @Test func `a URL that is none is refused without its password`() {
            let error = #expect(throws: JobError.self) { try JobClient(redis: "http://u:secret@host") }
            #expect(error?.code == .invalid)
            #expect(error?.message.contains("secret") == false)
        }
    }
}
