internal import Martlet
internal import MartletPrograms

/// Jobs that are programs, beside the same programs run without Redis.
struct CommandScenario: Scenario {
    static let name = "commands"

    private static let concurrency = 8
    private static let type = "bench.command"
    private static let command = Command(arguments: ["/bin/true"])

    static func file() throws -> CommandFile {
        try CommandFile.parse("jobs: {\(type): {command: [/bin/true]}}", file: "bench", folder: "/")
    }

    func measure(_ bench: Bench) async throws -> [Measurement] {
        let jobs = bench.size(5000, quick: 1500)
        let bare = try await bare(jobs)
        return try await BenchServer.with { server in
            _ = try await server.client.enqueue(
                (0..<jobs).map { try NewJob(type: Self.type, json: "{\"number\":\($0)}") }
            )
            return try await WorkerProcess.with(1, .commands, concurrency: Self.concurrency, on: server) { workers in
                let before = try await (server.usage(), workers.usage())
                let time = try await ContinuousClock().measure {
                    try await workers.go(server)
                    try await server.wait(by: workers)
                }
                guard try await server.count([.successful]) == jobs else { throw BenchError("commands failed") }
                let worker = try workers.usage()
                var measured = Measurement("commands, 8 at a time", Double(jobs) / time.seconds, "jobs/s")
                    .spending(try await server.usage() - before.0, on: jobs)
                measured.workerMicros = (worker.seconds - before.1.seconds) * 1e6 / Double(jobs)
                measured.peakMiB = worker.peakMiB
                return [bare, measured.of(bare.value)]
            }
        }
    }

    private func bare(_ count: Int) async throws -> Measurement {
        let runner = try CommandRunner()
        let time = try await ContinuousClock().measure {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<Self.concurrency {
                    group.addTask {
                        for _ in stride(from: lane, to: count, by: Self.concurrency) {
                            try await runner.run(Self.command) { _, _ in }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        return Measurement("commands, without Redis", Double(count) / time.seconds, "/s")
    }
}
