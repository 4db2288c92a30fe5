internal import Martlet
internal import RedisClient

/// Martlet as a peer, with one, two and four worker processes of 100 places.
struct MartletPeer: Peer {
    /// The settings of its server.
    let settings: BenchSettings

    var name: String { settings == .recommended ? "Martlet, ops/redis.conf" : "Martlet" }

    func measure(_ sizes: PeerSizes) async throws -> [Measurement] {
        try await BenchServer.with(settings, tcp: true) { server in
            let single = try await CallerProcess.run(.jobs, sizes.calls, on: server)
            var figures = [Measurement(PeerFigure.enqueue, Double(sizes.calls) / single.seconds, "jobs/s")]
            var memory: Measurement?
            for processes in [1, 2, 4] {
                _ = try await server.store.redis.send(RedisCommand("FLUSHALL"))
                let before = try await server.usage()
                let jobs = sizes.jobs(.fast)
                let bulk = try await CallerProcess.run(.jobs, jobs, batch: 5000, on: server)
                let waiting = try await server.count([.waiting])
                if memory == nil {
                    let bytes = try await (server.usage() - before).bytes
                    memory = Measurement(PeerFigure.memory, bytes / Double(waiting), "B")
                    figures.append(Measurement(PeerFigure.bulk, Double(jobs) / bulk.seconds, "jobs/s"))
                }
                figures.append(
                    try await Self.drain(PeerFigure.drain(processes), waiting, by: processes, .worker, on: server)
                )
            }
            _ = try await server.store.redis.send(RedisCommand("FLUSHALL"))
            figures += try await WorkerProcess.with(1, .probes, on: server) { workers in
                try await workers.go(server)
                _ = try await ProbeRun.waits(of: 40, by: workers, on: server)
                let idle = try await ProbeRun.waits(of: sizes.samples, by: workers, on: server)
                let busy = try await PeerProgram.with([.busy]) {
                    try await ProbeRun.waits(of: sizes.samples, by: workers, on: server)
                }
                return PeerFigure.starts(idle, isBusy: false) + PeerFigure.starts(busy, isBusy: true)
            }
            return figures + [memory].compactMap { $0 }
        }
    }

    /// Drains the jobs that wait.
    static func drain(
        _ name: String,
        _ waiting: Int,
        by processes: Int,
        _ kind: WorkerCommand.Kind,
        on server: BenchServer
    ) async throws -> Measurement {
        try await WorkerProcess.with(processes, kind, on: server) { workers in
            try await workers.go(server)
            let rate = try await DrainClock.measure(waiting) {
                try workers.requireRunning()
                return try await server.count([.waiting, .running])
            }
            return Measurement(name, rate, "jobs/s")
        }
    }
}
