internal import Foundation
internal import Martlet
internal import MartletPrograms
internal import MartletTesting
internal import MartletWorker
internal import RedisClient
internal import Synchronization
internal import ProcessSupervision

/// What an operator waits for: each command that reads, as a process of its own, on a million jobs in twenty queues;
/// and what others wait for while 100,000 errors are restarted.
struct ReadsScenario: Scenario {
    static let name = "reads"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        let jobs = bench.size(1_000_000, quick: 20_000)
        let tool = try OperatorTool()
        return try await BenchServer.with { server in
            let begun = ContinuousClock.now
            let samples = try await Crowd(jobs: jobs).fill(server)
            say("\(jobs) jobs are in after \(Int((.now - begun).seconds)) s")
            // So that somebody lives, leads, and has something to do beside the restart.
            return try await InProcessWorker.with(server, .bench, queues: ["probe"], concurrency: 10) {
                let runs = bench.size(5, quick: 2)
                let start = try await tool.time(["--version"], runs: runs, server)
                let reads = try await SlowLog.watching(server) {
                    try await times(of: Self.reads(samples), runs: runs, tool, server)
                }
                let slowest = reads.result.sorted { $0.milliseconds > $1.milliseconds }
                say(slowest.prefix(5).map { "\($0.name) \(Int($0.milliseconds)) ms" }.joined(separator: "; "))
                return [
                    Measurement("martlet --version", start, "ms"),
                    Measurement("read of \(jobs) jobs, median", slowest.map(\.milliseconds).median, "ms"),
                    Measurement("read of \(jobs) jobs, slowest", slowest.first?.milliseconds ?? 0, "ms"),
                    Measurement("read of \(jobs) jobs, longest command", reads.longest, "ms"),
                ] + (try await restart(min(samples.errors, 100_000), tool, server))
            }
        }
    }

    private static func reads(_ samples: Crowd.Samples) -> [[String]] {
        let lists =
            JobState.allCases.map { ["--status", $0.rawValue] } + [
                [], ["--all"], ["--limit", "500"], ["--queue", "q7"], ["--type", "bench.ending"],
                ["--type", "bench.noop", "--status", "error"], ["--object", "source/3"],
                ["--object", "source/3", "--status", "error"], ["--standalone"], ["--schedule", "yearly-1"],
                ["--error", "refused"], ["--error", "nowhere"], ["--error", "nowhere", "--all", "--sort", "oldest"],
                ["--since", "1h"], ["--since", "1h", "--status", "error", "--type", "bench.ending"],
                ["--since", "yesterday", "--until", "today"], ["--sort", "newest", "--all"],
                ["--sort", "oldest", "--all"],
            ]
        // All but the last characters of an id, as a person types it.
        let short = String(samples.error.description.dropLast(2))
        return lists.map { ["job", "list"] + $0 } + [
            ["job", "show", "\(samples.error)"], ["job", "show", short], ["job", "show", "q7/absent"],
            ["job", "logs", "\(samples.error)"], ["job", "explain", "\(samples.error)"],
            ["job", "explain", "\(samples.waiting)"], ["job", "wait", "\(samples.successful)"],
            ["queue", "list"], ["queue", "show", "q7"], ["worker", "list"], ["schedule", "list"],
            ["schedule", "show", "yearly-1"], ["schedule", "slots", "yearly-1"], ["schedule", "preview", "yearly-1"],
            ["leader", "show"], ["stats"], ["doctor"], ["audit"],
        ]
    }

    /// The median time of each.
    private func times(
        of reads: [[String]],
        runs: Int,
        _ tool: OperatorTool,
        _ server: BenchServer
    ) async throws -> [(name: String, milliseconds: Double)] {
        var times: [(String, Double)] = []
        for arguments in reads {
            times.append((arguments.joined(separator: " "), try await tool.time(arguments, runs: runs, server)))
        }
        return times
    }

    /// `job restart --status error`, and meanwhile one command after the other of somebody else.
    private func restart(_ errors: Int, _ tool: OperatorTool, _ server: BenchServer) async throws -> [Measurement] {
        let others = Latencies()
        let watched = try await SlowLog.watching(server) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let client = try server.client("probe")
                    while !Task.isCancelled {
                        others.add(try await ContinuousClock().measure { _ = try await client.inspector.now() })
                        let options = JobOptions(queue: "probe")
                        others.add(
                            try await ContinuousClock().measure {
                                try await client.enqueue(NoOp(others.count), options: options)
                            }
                        )
                    }
                    await client.close()
                }
                let time = try await ContinuousClock().measure {
                    try await tool.run(["job", "restart", "--status", "error", "--yes"], server)
                }
                group.cancelAll()
                try await group.waitForAll()
                return time
            }
        }
        return [Measurement("restart of \(errors) errors", Double(errors) / watched.result.seconds, "jobs/s")]
            + others.figures("restart, commands of others")
            + [Measurement("restart, longest command", watched.longest, "ms")]
    }
}

/// The `martlet` that was built beside this program.
private struct OperatorTool {
    private let path: String
    private let runner: CommandRunner

    init() throws {
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        path = folder.appending(path: "martlet").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw BenchError("there is no \(path): run ops/bench, which builds it")
        }
        runner = try CommandRunner()
    }

    /// Runs it to its end.
    ///
    /// That nothing matched is an answer too.
    func run(_ arguments: [String], _ server: BenchServer) async throws {
        let last = LastLine()
        do {
            try await runner.run(
                Command(arguments: [path] + arguments, environment: ["MARTLET_REDIS_URL": server.server.url])
            ) { _, line in last.text.withLock { $0 = line } }
        } catch  where error == .exitCode(3) {
            return
        } catch {
            throw BenchError("\(arguments.joined(separator: " ")): \(error): \(last.text.withLock(\.self))")
        }
    }

    /// The median of so many runs, each from the start of the process to its end, in milliseconds.
    func time(_ arguments: [String], runs: Int, _ server: BenchServer) async throws -> Double {
        var times: [Double] = []
        for _ in 0..<runs {
            times.append(try await ContinuousClock().measure { try await run(arguments, server) }.milliseconds)
        }
        return times.median
    }
}

private final class LastLine: Sendable {
    let text = Mutex("")
}

/// The longest command that Redis ran.
private enum SlowLog {
    /// - Returns: also how long that took, in milliseconds; 0 when none took a tenth of one.
    static func watching<Result>(
        _ server: BenchServer,
        _ body: () async throws -> Result
    ) async throws -> (result: Result, longest: Double) {
        let redis = server.store.redis
        _ = try await redis.send(
            RedisCommand("CONFIG", ["SET", "slowlog-log-slower-than", 100, "slowlog-max-len", 100_000])
        )
        _ = try await redis.send(RedisCommand("SLOWLOG", ["RESET"]))
        let result = try await body()
        let entries = try await redis.send(RedisCommand("SLOWLOG", ["GET", -1])).array ?? []
        // id, time, microseconds, …
        let longest = entries.compactMap(\.array).max { ($0[2].int ?? 0) < ($1[2].int ?? 0) }
        if let longest, let words = longest[3].array {
            say("longest command: \(words.prefix(4).compactMap(\.string).joined(separator: " ").prefix(200))")
        }
        return (result, Double(longest?[2].int ?? 0) / 1000)
    }
}

private func say(_ line: String) {
    FileHandle.standardError.write(Data("  \(line)\n".utf8))
}
