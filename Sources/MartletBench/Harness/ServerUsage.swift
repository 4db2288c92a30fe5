internal import RedisClient

/// What a redis-server has done so far, or between two looks.
struct ServerUsage {
    /// CPU time, its background threads included.
    var seconds = 0.0
    /// Commands, those within scripts too.
    var commands = 0.0
    /// Script calls.
    var calls = 0.0
    /// Memory in use.
    var bytes = 0.0

    static func read(_ redis: RedisClient) async throws -> ServerUsage {
        var usage = ServerUsage()
        for section in ["cpu", "commandstats", "memory"] {
            let text = try await redis.send(RedisCommand("INFO", [RedisArgument(section)])).string ?? ""
            for line in text.split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2 else { continue }
                usage.take(String(parts[0]), String(parts[1]))
            }
        }
        return usage
    }

    private mutating func take(_ name: String, _ value: String) {
        switch name {
        case "used_cpu_sys", "used_cpu_user": seconds += Double(value) ?? 0
        case "used_memory": bytes = Double(value) ?? 0
        case _ where name.hasPrefix("cmdstat_") && name != "cmdstat_info":
            // calls=6,usec=12,…
            let count = value.split(separator: ",").first?.split(separator: "=").last.flatMap { Double($0) } ?? 0
            commands += count
            if name == "cmdstat_evalsha" || name == "cmdstat_eval" { calls += count }
        default: break
        }
    }

    static func + (one: ServerUsage, other: ServerUsage) -> ServerUsage {
        ServerUsage(
            seconds: one.seconds + other.seconds,
            commands: one.commands + other.commands,
            calls: one.calls + other.calls,
            bytes: one.bytes + other.bytes
        )
    }

    static func - (later: ServerUsage, earlier: ServerUsage) -> ServerUsage {
        ServerUsage(
            seconds: later.seconds - earlier.seconds,
            commands: later.commands - earlier.commands,
            calls: later.calls - earlier.calls,
            bytes: later.bytes - earlier.bytes
        )
    }
}

extension Measurement {
    /// With what Redis spent on each of `jobs`.
    func spending(_ usage: ServerUsage, on jobs: Int) -> Measurement {
        var measured = self
        measured.redisMicros = usage.seconds * 1e6 / Double(jobs)
        measured.commands = usage.commands / Double(jobs)
        measured.calls = usage.calls / Double(jobs)
        return measured
    }
}
