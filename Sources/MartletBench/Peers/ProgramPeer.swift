internal import Foundation
internal import Martlet
internal import MartletTesting
internal import ProcessSupervision
internal import RedisClient

/// A peer in another language: a client and workers that are programs of `ops/peers`.
struct ProgramPeer: Peer {
    let name: String
    /// The client, to which a command is added: `enqueue COUNT`, `bulk COUNT` or `probes COUNT`.
    let client: [String]
    /// The workers that make up its usual setting.
    let workers: [[String]]
    /// How many processes these are.
    let processes: Int
    let speed: PeerSizes.Speed
    /// False when jobs can be enqueued one by one only.
    let hasBulk: Bool
    /// How many jobs wait or run.
    let rest: @Sendable (RedisClient) async throws -> Int

    /// The folder of the adapters, for a bench that runs where the README lies.
    static let folder = FileManager.default.currentDirectoryPath + "/ops/peers"

    func measure(_ sizes: PeerSizes) async throws -> [Measurement] {
        try await BenchServer.with(.defaults, tcp: true) { server in
            let waits = URL(filePath: server.server.socketPath).deletingLastPathComponent().appending(path: "waits")
            let environment = [
                "PEER_REDIS": "\(server.server.url)/0", "PEER_WAITS": waits.path, "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": Self.folder,
            ]
            @Sendable func call(_ command: String, _ count: Int) async throws -> [String] {
                try await PeerProgram(arguments: client + [command, "\(count)"], environment: environment).run()
            }
            func rate(_ command: String, _ count: Int) async throws -> Double {
                let printed = try await call(command, count)
                guard let seconds = printed.last.flatMap(Double.init) else {
                    throw BenchError("the client of \(name) printed no time but \(printed)")
                }
                return Double(count) / seconds
            }
            let redis = server.store.redis
            let single = try await rate("enqueue", sizes.calls)
            _ = try await redis.send(RedisCommand("FLUSHALL"))
            let before = try await server.usage()
            let bulk = try await rate("bulk", sizes.jobs(speed))
            let waiting = try await rest(redis)
            let bytes = try await (server.usage() - before).bytes
            let programs = workers.map { PeerProgram(arguments: $0, environment: environment) }
            let (drained, idle, busy) = try await PeerProgram.with(programs) {
                let drained = try await DrainClock.measure(waiting) { try await rest(redis) }
                // What comes right behind the work is over, and what a start costs is not measured.
                try await Task.sleep(for: .seconds(1))
                _ = try await starts(40, waits, call)
                let idle = try await starts(sizes.samples, waits, call)
                let busy = try await PeerProgram.with([.busy]) { try await starts(sizes.samples, waits, call) }
                return (drained, idle, busy)
            }
            var figures = [Measurement(PeerFigure.enqueue, single, "jobs/s")]
            if hasBulk { figures.append(Measurement(PeerFigure.bulk, bulk, "jobs/s")) }
            figures.append(Measurement(PeerFigure.drain(processes), drained, "jobs/s"))
            figures += PeerFigure.starts(idle, isBusy: false) + PeerFigure.starts(busy, isBusy: true)
            return figures + [Measurement(PeerFigure.memory, bytes / Double(waiting), "B")]
        }
    }

    /// The waits of so many probes, in milliseconds.
    private func starts(
        _ samples: Int,
        _ file: URL,
        _ call: (String, Int) async throws -> [String]
    ) async throws -> [Double] {
        try Data().write(to: file)
        _ = try await call("probes", samples)
        var lines: [Substring] = []
        try await eventually("\(name) has run \(samples) probes", within: .seconds(60)) {
            lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            return lines.count >= samples
        }
        return lines.compactMap { Double($0) }.map { $0 / 1e6 }
    }
}

extension PeerProgram {
    /// Keeps a core busy.
    static let busy = PeerProgram(arguments: ["/bin/sh", "-c", "while :; do :; done"])
}
