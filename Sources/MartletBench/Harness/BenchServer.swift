internal import Foundation
internal import Logging
internal import Martlet
internal import MartletTesting
internal import RedisClient
internal import ProcessSupervision

/// A private redis-server with the settings that Martlet recommends, and a client to it.
struct BenchServer: Sendable {
    let server: RedisServer
    let client: JobClient

    var store: JobStore { client.store }

    /// How many commands and how much CPU time Redis has spent so far.
    func usage() async throws -> ServerUsage {
        try await ServerUsage.read(store.redis)
    }

    func client(_ name: String = "producer") throws -> JobClient {
        try JobClient(redis: server.url, logger: Self.logger)
    }

    /// Enqueues `count` jobs in bulk.
    func fill(_ count: Int, with job: (Int) -> some Job, start: JobStart = .now) async throws {
        for first in stride(from: 0, to: count, by: 10_000) {
            try await client.enqueue((first..<min(first + 10_000, count)).map(job), start: start)
        }
    }

    /// How many jobs of the queue are in these states.
    func count(_ states: [JobState]) async throws -> Int {
        let replies = await store.redis.send(
            states.map { RedisCommand("ZCARD", [RedisArgument(store.keys.state($0, of: "default"))]) }
        )
        return try replies.reduce(0) { try $0 + ($1.get().int ?? 0) }
    }

    /// Looks every few milliseconds until no more than `rest` jobs are in these states.
    ///
    /// The states are read in order, so name them in the order in which jobs pass them. It throws when one of the
    /// `workers` ends before.
    func wait(
        until rest: Int = 0,
        in states: [JobState] = [.waiting, .running],
        by workers: [WorkerProcess] = []
    ) async throws {
        while try await count(states) > rest {
            try workers.requireRunning()
            try await Task.sleep(for: .milliseconds(3))
        }
    }

    /// Starts one, runs `body` and stops it.
    ///
    /// `appendonly` is `no`, or how it syncs. With `tcp` its clients reach it as over a network, else by a unix socket.
    static func with<Result>(
        _ settings: BenchSettings = .recommended,
        appendonly: String = "no",
        tcp: Bool = false,
        _ body: (BenchServer) async throws -> Result
    ) async throws -> Result {
        var arguments: [String] = []
        if settings == .recommended {
            let file = FileManager.default.currentDirectoryPath + "/ops/redis.conf"
            guard FileManager.default.fileExists(atPath: file) else {
                throw BenchError("there is no \(file): run ops/bench")
            }
            arguments = ["--include", file]
        }
        let isDurable = appendonly != "no"
        arguments += ["--maxmemory", "0", "--appendonly", isDurable ? "yes" : "no"]
        if isDurable { arguments += ["--appendfsync", appendonly] }
        return try await withRedisServer(arguments: arguments, tcp: tcp) { server in
            let client = try JobClient(redis: server.url, logger: logger)
            let result = try await body(BenchServer(server: server, client: client))
            await client.close()
            return result
        }
    }

    /// Says what went wrong; that `appendonly` is off is on purpose here.
    static var logger: Logger {
        var logger = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        return logger
    }
}
