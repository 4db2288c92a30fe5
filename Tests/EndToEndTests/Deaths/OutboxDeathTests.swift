import Foundation
import GRDB
import Martlet
import MartletOutbox
import MartletTesting
import RedisClient
import Synchronization
import Testing
import ProcessSupervision

private let chaos = Bundle.main.bundleURL.appending(path: "MartletChaos").path

/// An application with an outbox, and its relay, killed at each of their steps.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct OutboxDeathTests {
    static let producerSteps = ["began", "ordered", "enqueued", "committed", "rolled back"]
    static let relaySteps =
        RelayStep.allCases.map(\.rawValue)
        + ["beforeSend", "afterSend", "afterReply"].map { "enqueue \($0)" }

    @Test func `killed at any step, what was committed runs exactly once and what was rolled back never`() async throws
    {
        try await withStage { stage in
            let path = stage.folder + "/app.db"
            func start(_ command: String, _ rest: String...) throws -> MartletProcess {
                try stage.start(
                    [command, "--redis", stage.server.url, "--path", path] + rest,
                    executable: chaos
                )
            }
            var first = 0
            for step in Self.producerSteps {
                for visit in [1, 5] {
                    let producer = try start(
                        "produce-step",
                        "--from",
                        "\(first)",
                        "--count",
                        "40",
                        "--step",
                        step,
                        "--visit",
                        "\(visit)"
                    )
                    #expect(try await producer.ended().status == -SIGKILL, "\(step) \(visit)")
                    first += 40
                }
            }
            var runs: [String: Int] = [:]
            /// Runs what is there, and leaves nothing of it in Redis: a row that is sent again then would make a second
            /// job.
            func run() async throws {
                while true {
                    let claimed = try await stage.claim(500, type: "fulfil")
                    guard !claimed.isEmpty else { return }
                    for job in claimed { runs[job.id.local, default: 0] += 1 }
                    try await stage.finish(claimed, retention: .zero)
                }
            }
            for step in Self.relaySteps {
                for visit in [1, 2] {
                    // Each round has something to send, and something that has finished.
                    let relay = try start("relay-step", "--step", step, "--visit", "\(visit)")
                    for _ in 0..<20 where relay.isRunning {
                        let producer = try start("produce-step", "--from", "\(first)", "--count", "20")
                        #expect(try await producer.ended().status == 0)
                        first += 20
                        try await run()
                    }
                    #expect(try await relay.ended().status == -SIGKILL, "\(step) \(visit)")
                    try await run()
                }
            }
            let relay = try start("relay-step")
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try await eventually("the outbox is empty", within: .seconds(60)) {
                try await run()
                return try await database.read { db in
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM martlet_outbox") == 0
                }
            }
            relay.signal(SIGKILL)
            _ = try await relay.ended()
            let orders = try await database.read { db in try Int.fetchAll(db, sql: "SELECT number FROM orders") }
            #expect(orders.count > 100)
            #expect(Set(runs.keys) == Set(orders.map { "order-\(1_000_000 + $0)" }))
            let again = runs.filter { $0.value > 1 }.keys.sorted()
            #expect(again.isEmpty, "\(again.count) ran again: \(again.prefix(20))")
        }
    }

    @Test func `after a flush amid ten thousand jobs the unfinished ones run, and the finished ones not again`()
        async throws
    {
        try await withStage { stage in
            let path = stage.folder + "/spool.db"
            let spool = try Spool.open(path, keepUntilFinished: true)
            _ = try await spool.enqueue((0..<10_000).map { try NewJob(type: "greet", json: "\($0)") })
            let relay = try stage.start("outbox", "relay", path)
            var runs: [Int: Int] = [:]
            func run() async throws {
                let claimed = try await stage.claim(200)
                for job in claimed { runs[Int(String(decoding: job.payload, as: UTF8.self)) ?? -1, default: 0] += 1 }
                try await stage.finish(claimed)
            }
            try await eventually("four thousand have run", within: .seconds(60)) {
                try await run()
                return runs.count >= 4000
            }
            // What has finished is seen; what is lost after that is lost with Redis. A batch may have been a small one.
            let unfinished = 10_000 - runs.count
            try await eventually("the relay has seen them", within: .seconds(60)) {
                let status = try await spool.status()
                return status.kept + status.pending == unfinished
            }
            _ = try await stage.redis.send(RedisCommand("FLUSHALL"))
            try await eventually("all have run", within: .seconds(60)) {
                try await run()
                return runs.count == 10_000
            }
            let again = runs.filter { $0.value > 1 }.keys.sorted()
            #expect(again.isEmpty, "\(again.count) ran again: \(again.prefix(20))")
            try await eventually("the outbox is empty", within: .seconds(60)) {
                let status = try await spool.status()
                return status.kept + status.pending == 0
            }
            relay.signal(SIGTERM)
            #expect(try await relay.ended().status == 0)
        }
    }
}
