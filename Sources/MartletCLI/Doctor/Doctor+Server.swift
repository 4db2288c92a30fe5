internal import Martlet

extension Doctor {
    /// Checks the server: version, policy, persistence, memory, replicas, settings.
    func server() async throws -> [Diagnosis] {
        let server = try await inspector.fitness()
        let fit = Diagnosis.ok("server", "Redis \(server.version), maxmemory-policy noeviction")
        var lines = [server.unfitness.map { .wrong("server", $0.text, $0.remedy) } ?? fit]
        lines += Self.persistence(server) + Self.memory(server) + Self.replication(server.replication)
        guard let advice = try await inspector.advice() else {
            return lines + [.ok("settings", "not looked at: user \(inspector.user) may not ask for them (CONFIG GET)")]
        }
        return lines + (advice.isEmpty ? [.ok("settings", "packed as tightly as jobs can be")] : [])
            + advice.map { .warning("settings", $0.text, $0.remedy) }
    }

    static func persistence(_ server: ServerFitness) -> [Diagnosis] {
        let troubles =
            server.warnings.map { Diagnosis.warning("persistence", $0.text, $0.remedy) }
            + server.unwritten.map {
                .wrong("persistence", "Redis could not write \($0)", "see its log, and whether its disk is full")
            }
        return troubles.isEmpty
            ? [.ok("persistence", "appendonly is on, and the disk takes what is written")] : troubles
    }

    static func memory(_ server: ServerFitness) -> [Diagnosis] {
        guard let memory = server.memory, let limit = server.memoryLimit, let use = server.memoryUse else {
            return [.ok("memory", "not told")]
        }
        let what = server.isLimited ? "maxmemory" : "the machine's memory, as maxmemory is 0"
        let text = "\(memory >> 20) MiB of \(limit >> 20) MiB in use (\(use) % of \(what))"
        let remedy = "raise maxmemory, or keep less: prune, archive, smaller payloads"
        return switch use {
        case ..<80: [.ok("memory", text)]
        case ..<95: [.warning("memory", "\(text); at 100 % no job can be enqueued", remedy)]
        default: [.wrong("memory", "\(text); at 100 % no job can be enqueued", remedy)]
        }
    }

    static func replication(_ replication: Replication?) -> [Diagnosis] {
        guard let replication else { return [.ok("replicas", "not told")] }
        if let master = replication.master {
            let link = replication.isLinked ? "" : ", and its link to that is down"
            return [
                .wrong("replicas", "this server is a replica of \(master)\(link): it takes no jobs", "use the master")
            ]
        }
        if replication.replicas.isEmpty { return [.ok("replicas", "no replicas")] }
        return replication.replicas.map { replica in
            let text = "replica \(replica.address) is \(replica.state), last heard of \(replica.lag) s ago"
            guard replica.state == "online", replica.lag <= 10 else {
                return .warning("replicas", text, "a failover would lose what it does not have; see its log")
            }
            return .ok("replicas", text)
        }
    }
}
