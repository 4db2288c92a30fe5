import Foundation
import Martlet
import MartletScripts
import MartletTesting
import ProcessSupervision
import RedisClient
import Testing

extension RedisTests {
    /// Short payloads that stand in a job's hash in parts, which a release before this one can't read.
    @Suite struct PayloadPartsTests {
        private static let json =
            #"{"to":"ada@example.com","subject":"Grüße aus Köln","lines":["one","two","three","four"]}"#

        /// The names of the fields of the payload of a job that a client enqueues now.
        private func form(_ queue: TestQueue, as role: Role = .producer) async throws -> [String] {
            let job = try NewJob(type: "greet", json: Self.json, options: JobOptions(queue: queue.name))
            let entered = try await queue.client(as: role).enqueue([job])
            #expect(try await queue.inspector.job(entered[0].id)?.payload == Self.json)
            return try await queue.hash(entered[0].id).keys.filter { $0.hasPrefix("payload") }.sorted()
        }

        private func announceNew(_ queue: TestQueue) async throws {
            try await queue.working.announce(
                "new",
                fields: { _ in [(PayloadParts.readerField, "1")] },
                queues: [queue.name],
                forgottenAfter: .seconds(60),
                isThorough: false
            )
        }

        private func announceOld(_ queue: TestQueue) async throws {
            let keys = queue.store.keys
            try await PreviousRelease.run("heartbeat", on: keys.workers, ["old", ""], queue)
            _ = try await queue.send("HSET", keys.worker("old"), "version", "1")
        }

        @Test(arguments: ["x", "ü", "€", "🐦", "aü", "\u{80}"], [1, 64, 65, 100, 128, 129, 192, 253, 256, 257, 1000])
        func `a payload comes back byte for byte, cut between characters where it has 65 to 256 bytes`(
            text: String,
            size: Int
        ) async throws {
            var payload = String(repeating: text, count: size / text.utf8.count + 1)
            while payload.utf8.count > size { payload.unicodeScalars.removeLast() }
            payload += String(repeating: "1", count: size - payload.utf8.count)
            try await withQueue { queue in
                let arguments: [RedisArgument] = ["1000", "a", "greet", RedisArgument(payload), "", "parts"]
                #expect(try await queue.run(.enqueue, arguments).map(\.string) == ["ok", "waiting"])
                let fields = try await queue.hash(queue.id("a")).filter { $0.key.hasPrefix("payload") }
                if (65...256).contains(size) {
                    let names = (1...fields.count).map { "payload.\($0)" }
                    #expect(fields.keys.sorted() == names)
                    // A part that ended within a character would have come with a mark in place of it.
                    #expect(names.compactMap { fields[$0] }.joined() == payload)
                    #expect(fields.values.allSatisfy { $0.utf8.count <= 64 })
                } else {
                    #expect(fields == ["payload": payload])
                }
                #expect(try await queue.inspector.job(queue.id("a"))?.payload == payload)
                #expect(try await queue.claimOne().payload == Array(payload.utf8))
            }
        }

        @Test func `bytes that are no text are cut and come back`() async throws {
            try await withQueue { queue in
                let payload = [UInt8](repeating: 0x80, count: 256)
                _ = try await queue.run(.enqueue, ["1000", "a", "greet", RedisArgument(payload), "", "parts"])
                #expect(try await queue.claimOne().payload == payload)
            }
        }

        @Test func `a job of 100 bytes keeps Redis's small form with the default settings`() async throws {
            try await withRedisServer(arguments: Role.users(prefix: "test-*") + ["--hash-max-listpack-value", "64"]) {
                server in
                let queue = try TestQueue(server)
                #expect(try await form(queue) == ["payload.1", "payload.2"])
                let job = try await queue.claimOne()
                _ = try await queue.finish(job)
                let key = queue.store.keys.job(job.id)
                #expect(try await queue.send("OBJECT", "ENCODING", key).string == "listpack")
                await queue.close()
            }
        }

        @Test func `the parts are joined in their order from a hash in Redis's large form`() async throws {
            try await withQueue { queue in
                #expect(try await form(queue) == ["payload.1", "payload.2"])
                let id = try await queue.members(.waiting)[0]
                _ = try await queue.send(
                    "HSET",
                    "\(queue.root):job:\(id)",
                    "note",
                    String(repeating: "x", count: 5000)
                )
                #expect(try await queue.claimOne().payload == Array(Self.json.utf8))
            }
        }

        @Test func `a job that lacks a part is not run with the rest`() async throws {
            try await withQueue { queue in
                #expect(try await form(queue) == ["payload.1", "payload.2"])
                let id = try await queue.members(.waiting)[0]
                _ = try await queue.send("HDEL", "\(queue.root):job:\(id)", "payload.1")
                #expect(try await queue.inspector.job(queue.id(id))?.payload == nil)
                let claim = try await queue.claim()
                #expect(claim.jobs.isEmpty && claim.unreadable == [id])
            }
        }

        @Test(arguments: [Role.producer, .worker, .operator])
        func `while no worker lives, or only those of this release, payloads go in parts`(role: Role) async throws {
            for hasWorker in [false, true] {
                try await withQueue { queue in
                    if hasWorker { try await announceNew(queue) }
                    #expect(try await form(queue, as: role) == ["payload.1", "payload.2"])
                }
            }
        }

        @Test func `while a worker of the release before lives, payloads stay whole`() async throws {
            try await withQueue { queue in
                try await announceNew(queue)
                try await announceOld(queue)
                #expect(try await form(queue) == ["payload"])
            }
        }

        @Test func `a worker that is listed and has not described itself yet counts as one of before`() async throws {
            try await withQueue { queue in
                try await queue.working.heartbeat(worker: "starting", forgottenAfter: nil)
                #expect(try await form(queue) == ["payload"])
            }
        }

        @Test func `while an archiver of the release before has the lease, payloads stay whole`() async throws {
            try await withQueue { queue in
                let archiver = queue.store.keys.archiver
                try await PreviousRelease.run("archive_lease", on: archiver, ["old", "30000"], queue)
                #expect(try await form(queue) == ["payload"])
            }
            try await withQueue { queue in
                let said = [(PayloadParts.readerField, "new")]
                _ = try await queue.working.leaseArchiver("new", lease: .zero, fields: said)
                #expect(try await form(queue) == ["payload.1", "payload.2"])
                let archiver = queue.store.keys.archiver
                try await PreviousRelease.run("archive_lease", on: archiver, ["old", "30000"], queue)
                #expect(try await form(queue, as: .worker) == ["payload"])
            }
        }

        @Test func `a look that fails leaves payloads whole`() async throws {
            try await withQueue { queue in
                _ = try await queue.send("SET", queue.store.keys.workers, "no set")
                #expect(try await form(queue) == ["payload"])
                _ = try await queue.send("DEL", queue.store.keys.workers)
            }
        }

        @Test func `a producer of the release before gives its jobs to workers of this one`() async throws {
            try await withQueue { queue in
                try await PreviousRelease.run("enqueue", on: queue.root, ["1000", "a", "greet", Self.json, ""], queue)
                #expect(try await queue.claimOne().payload == Array(Self.json.utf8))
            }
        }
    }
}
