internal import Martlet
internal import MartletScripts
internal import RedisClient

/// The ceiling of a drain: claim and finish, the scripts that a worker uses, with nothing between them.
///
/// Four loops share a connection, each with a claim of 50 or the finish of these under way.
struct BareLoop {
    let store: JobStore
    let types: [String]

    private static let lanes = 4
    private static let batch = 50
    /// The jobs here that have one of their own are forgotten at once.
    private static let retention = RedisValue.bulk(Array("retention_ms".utf8))

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<Self.lanes {
                group.addTask { try await run(worker: "bare-\(lane)-\(UInt32.random(in: 0 ... .max))") }
            }
            try await group.waitForAll()
        }
    }

    private func run(worker: String) async throws {
        let queue = store.keys.queue("default")
        var number = 0
        while true {
            number += 1
            let arguments: [RedisArgument] = [
                RedisArgument(worker), RedisArgument(Self.batch), 30_000, RedisArgument(number), "0", "3", "1",
            ]
            let claim = try await store.redis.evaluate(
                store.script(.claim),
                keys: [queue],
                arguments: arguments + types.flatMap { HandledType($0).arguments }
            )
            let jobs = claim.array?.dropFirst(5) ?? []
            guard !jobs.isEmpty else {
                try await Task.sleep(for: .milliseconds(1))
                continue
            }
            // One for all: a worker says how long each had waited.
            let timing = RedisArgument("\(types[0]) 8 \(claim.array?[3].int ?? 0)")
            let endings = jobs.flatMap { job -> [RedisArgument] in
                guard let fields = job.array, let id = fields.last?.bytes, let token = fields.dropLast(2).last?.bytes
                else { return [] }
                let retention: RedisArgument = fields.contains(Self.retention) ? "0" : ""
                return [RedisArgument(id), RedisArgument(token), "successful", "", "", "", retention, timing]
            }
            _ = try await store.redis.evaluate(store.script(.finish), keys: [queue], arguments: endings)
        }
    }
}
