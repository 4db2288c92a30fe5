import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing

/// Payloads at the limit, and beyond every limit: a fleet goes on, and its memory stays bounded.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct LargeJobTests {
    private static let yaml = """
        jobs:
          swallow: {command: [sh, -c, 'cat > /dev/null']}
        """

    /// The most memory of a worker here, in KiB.
    ///
    /// It is the payloads of all jobs that run, twice, as they are also on their way to the commands; the largest reply
    /// to a claim, 16 MiB and one job of at most 32 MiB more, twice, as bytes and as jobs; and 64 MiB for all else.
    private static let mostMemory = (2 * 300 * 256) + (2 * (16 + 32) << 10) + (64 << 10)

    @Test func `a thousand places take jobs at the limit, and one beyond every limit ends in Error with the reason`()
        async throws
    {
        // A slow machine takes its time for commands of many megabytes.
        try await withStage(deadline: .seconds(120)) { stage in
            // Together more than a reply may have.
            let payload = "\"\(String(repeating: "x", count: (256 << 10) - 2))\""
            for _ in 0..<6 {
                _ = try await stage.jobs.enqueue((0..<50).map { _ in try NewJob(type: "swallow", json: payload) })
            }
            try await plantHuge(stage)
            let worker = try await stage.worker(Self.yaml, "--concurrency", "1000")
            try await eventually("all that can run have run", within: .seconds(600)) {
                try await stage.inspector.counts(queue: "default")[.successful] == 300
            }
            try await eventually("the other one has ended", within: .seconds(600)) {
                try await huge(stage).first == "error"
            }
            #expect(try await huge(stage).last?.contains("too large to be run") == true)
            #expect(try await stage.inspector.counts(queue: "default")[.running] == 0)
            let next = try await stage.enqueue("swallow")
            #expect(try await stage.wait(for: next, .successful).attempt == 1)
            #expect(worker.isRunning)
            let memory = try #require(peakMemory(worker.pid))
            #expect(memory < Self.mostMemory, "\(memory) KiB")
        }
    }

    /// A job as somebody may write it who minds no limit, first in the queue.
    private func plantHuge(_ stage: Stage) async throws {
        let script = """
            redis.call('HSET', KEYS[1], 'type', 'swallow', 'state', 'waiting', 'attempt', '0', 'priority', '0',
                'enqueued_at', '1795900000000', 'payload', '"' .. string.rep('x', 70000000) .. '"')
            redis.call('ZADD', KEYS[2], 0, 'huge')
            """
        let keys: [RedisArgument] = ["2", "martlet:{default}:job:huge", "martlet:{default}:waiting"]
        _ = try await stage.redis.send(RedisCommand("EVAL", [RedisArgument(script)] + keys))
    }

    private func huge(_ stage: Stage) async throws -> [String] {
        let fields = RedisCommand("HMGET", ["martlet:{default}:job:huge", "state", "error"])
        return try await stage.redis.send(fields).array?.map { $0.string ?? "" } ?? []
    }

    /// The most memory that a process has had, in KiB.
    private func peakMemory(_ pid: Int32) -> Int? {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        return status?.firstMatch(of: /VmHWM:\s+(\d+) kB/).flatMap { Int($0.output.1) }
    }
}
