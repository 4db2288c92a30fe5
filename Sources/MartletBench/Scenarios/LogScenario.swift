internal import Martlet
internal import RedisClient

/// Log lines of jobs into Redis, from one process, beside the same script with lines that are ready.
struct LogScenario: Scenario {
    static let name = "logs"

    private static let lines = 5000

    func measure(_ bench: Bench) async throws -> [Measurement] {
        let jobs = bench.size(200, quick: 60)
        let bare = try await bare(jobs)
        return try await BenchServer.with { server in
            try await server.fill(jobs) { _ in Chatty(lines: Self.lines) }
            return try await WorkerProcess.with(1, concurrency: 20, on: server) { workers in
                let before = try await (server.usage(), workers.usage())
                let time = try await ContinuousClock().measure {
                    try await workers.go(server)
                    try await server.wait(by: workers)
                }
                let count = try await stored(server)
                guard count == jobs * Self.lines else {
                    throw BenchError("\(count) of \(jobs * Self.lines) log lines are in Redis")
                }
                let worker = try workers.usage()
                var measured = Measurement("log lines", Double(count) / time.seconds, "/s")
                    .spending(try await server.usage() - before.0, on: count)
                measured.workerMicros = (worker.seconds - before.1.seconds) * 1e6 / Double(count)
                measured.peakMiB = worker.peakMiB
                return [bare, measured.of(bare.value)]
            }
        }
    }

    private func stored(_ server: BenchServer) async throws -> Int {
        var count = 0
        for job in try await server.client.inspector.jobs(.successful, queue: "default", limit: 500) {
            let log = RedisArgument(server.store.keys.log(job.id))
            count += try await server.store.redis.send(RedisCommand("LLEN", [log])).int ?? 0
        }
        return count
    }

    /// A thousand lines a call, four calls under way.
    private func bare(_ count: Int) async throws -> Measurement {
        try await BenchServer.with { server in
            try await server.fill(count) { _ in Chatty(lines: 0) }
            let claim = try await server.store.claim(
                queue: "default",
                worker: "bare",
                limit: count,
                lease: .seconds(60),
                number: 1,
                again: false,
                crashLimit: 3,
                isIdle: false,
                types: [HandledType(Chatty.jobType)]
            )
            let lines = [[UInt8]](repeating: [UInt8](repeating: UInt8(ascii: "x"), count: 130), count: 1000)
            let store = server.store
            let before = try await server.usage()
            let time = try await ContinuousClock().measure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for lane in 0..<4 {
                        group.addTask {
                            for job in claim.jobs.enumerated() where job.offset % 4 == lane {
                                for first in stride(from: 0, to: Self.lines, by: 1000) {
                                    try await send(lines, first, of: job.element, to: store)
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let written = claim.jobs.count * Self.lines
            return Measurement("log lines, bare loop", Double(written) / time.seconds, "/s")
                .spending(try await server.usage() - before, on: written)
        }
    }

    private func send(_ lines: [[UInt8]], _ first: Int, of job: ClaimedJob, to store: JobStore) async throws {
        let result = await withCheckedContinuation { continuation in
            store.log(job, lines: lines, first: first, lost: 0, progress: "", limits: LogLimits()) {
                continuation.resume(returning: $0)
            }
        }
        _ = try result.get()
    }
}
