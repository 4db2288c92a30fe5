internal import Martlet
internal import MartletScripts
internal import RedisClient

/// The ceiling of enqueueing: the script that a client uses, with next to nothing done around it.
enum BareEnqueue {
    private static let payload = RedisArgument([UInt8](repeating: UInt8(ascii: "1"), count: 100))

    /// Enqueues `count` jobs of 100 bytes with one call.
    static func send(_ count: Int, to store: JobStore) async throws {
        var arguments: [RedisArgument] = [262_144]
        for _ in 0..<count {
            arguments += [RedisArgument(JobID.makeLocal()), RedisArgument(NoOp.jobType), payload, ""]
        }
        arguments.append("parts")
        _ = try await store.redis.evaluate(
            store.script(.enqueue),
            keys: [store.keys.queue("default")],
            arguments: arguments
        )
    }
}
