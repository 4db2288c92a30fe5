internal import Martlet
internal import MartletScripts
internal import ProcessSupervision
internal import RedisClient

/// The ceiling of Martlet: its scripts without Martlet.
///
/// One connection of `redis-benchmark` enqueues with the very script and arguments of a client, each job with an id of
/// its own, and says PING; a drain is the bare loop.
struct CeilingPeer: Peer {
    /// The settings of its server.
    let settings: BenchSettings

    var name: String { settings == .recommended ? "its ceiling, ops/redis.conf" : "its ceiling" }

    func measure(_ sizes: PeerSizes) async throws -> [Measurement] {
        try await BenchServer.with(settings, tcp: true) { server in
            let redis = server.store.redis
            let source = RedisArgument(server.store.script(.enqueue).source)
            guard let sha = try await redis.send(RedisCommand("SCRIPT", ["LOAD", source])).string else {
                throw BenchError("Redis gave no SHA for the script that enqueues")
            }
            let call = [
                "EVALSHA", sha, "1", server.store.keys.queue("default"), "262144", "__rand_int__", NoOp.jobType,
                String(repeating: "1", count: 100), "", "parts",
            ]
            let pings = try await benchmark(["PING"], sizes.calls, on: server)
            let scripts = try await benchmark(call, sizes.calls, on: server)
            let enqueued = try await server.count([.waiting])
            // A few ids come twice.
            guard enqueued >= sizes.calls * 99 / 100 else {
                throw BenchError("redis-benchmark enqueued \(enqueued) of \(sizes.calls) jobs")
            }
            _ = try await redis.send(RedisCommand("FLUSHALL"))
            let jobs = sizes.jobs(.fast)
            _ = try await CallerProcess.run(.jobs, jobs, batch: 5000, on: server)
            let waiting = try await server.count([.waiting])
            return [
                Measurement(PeerFigure.ping, pings, "/s"), Measurement(PeerFigure.enqueue, scripts, "jobs/s"),
                try await MartletPeer.drain(PeerFigure.drain(1), waiting, by: 1, .bare, on: server),
            ]
        }
    }

    /// Sends a command so many times, one after the other, and returns how many a second.
    private func benchmark(_ command: [String], _ count: Int, on server: BenchServer) async throws -> Double {
        let options = ["-h", "127.0.0.1", "-p", "\(server.server.port ?? 0)", "-c", "1", "-n", "\(count)", "--csv"]
        let program = PeerProgram(arguments: ["redis-benchmark"] + options + ["-r", "1000000000"] + command)
        // The command, which may have anything in it, and then seven figures; the first is the rate.
        let fields = try await program.run().last?.split(separator: ",").suffix(7) ?? []
        guard let rate = fields.first.flatMap({ Double($0.filter { $0 != "\"" }) }) else {
            throw BenchError("redis-benchmark printed no rate: \(fields)")
        }
        return rate
    }
}
