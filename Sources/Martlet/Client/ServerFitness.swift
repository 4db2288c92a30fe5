internal import RedisClient

/// The properties of a server that decide whether jobs are safe with it.
package struct ServerFitness: Sendable {
    package let version: String
    package let evictionPolicy: String
    package let isAppendOnly: Bool
    /// The parts that the server failed to write to its disk the last time that it tried: `its append-only file`, `its
    /// snapshot`.
    package let unwritten: [String]
    /// The memory in use (bytes); nil where the user may not ask.
    package let memory: Int64?
    /// The memory that it may use (bytes): its limit, or the memory of the machine where it has none.
    package let memoryLimit: Int64?
    /// True when the server has a memory limit of its own.
    package let isLimited: Bool
    package let replication: Replication?

    /// Reads the fields of `INFO`; a missing field counts as fit, so that a user that may not ask is not refused.
    init(_ fields: [Substring: Substring]) {
        func number(_ name: Substring) -> Int64? { fields[name].flatMap { Int64($0) } }
        version = String(fields["redis_version"] ?? "7.0")
        evictionPolicy = String(fields["maxmemory_policy"] ?? "noeviction")
        isAppendOnly = fields["aof_enabled"].map { $0 == "1" } ?? true
        unwritten = [
            ("its append-only file", "aof_last_write_status"),
            ("its append-only file anew", "aof_last_bgrewrite_status"),
            ("its snapshot", "rdb_last_bgsave_status"),
        ].filter { fields[Substring($0.1)] == "err" }.map(\.0)
        memory = number("used_memory")
        let limit = number("maxmemory") ?? 0
        isLimited = limit > 0
        memoryLimit = isLimited ? limit : number("total_system_memory")
        replication = Replication(fields)
    }

    /// Throws for a server that would lose jobs.
    ///
    /// - Throws: ``JobError`` with the code `unfit` and the remedy.
    package func check() throws(JobError) {
        if let unfitness { throw JobError(.unfit, "\(unfitness)") }
    }

    /// The reason why jobs would be lost with this server; nil when they would not.
    package var unfitness: Remark? {
        if (Int(version.prefix { $0 != "." }) ?? 0) < 7 {
            return Remark("Redis \(version) is too old: Martlet needs 7.0 or later", "upgrade it")
        }
        guard evictionPolicy == "noeviction" else {
            return Remark(
                "maxmemory-policy is \(evictionPolicy): Redis would delete jobs when memory is full",
                "set it to noeviction (CONFIG SET maxmemory-policy noeviction, and in redis.conf)"
            )
        }
        return nil
    }

    /// The settings that work but are not safe.
    package var warnings: [Remark] {
        guard !isAppendOnly else { return [] }
        return [
            Remark(
                "appendonly is off: jobs enqueued since the last snapshot are lost when Redis dies",
                "set appendonly yes (CONFIG SET appendonly yes, and in redis.conf)"
            )
        ]
    }

    /// The share of the memory that is in use, in hundredths; nil where it is not known.
    package var memoryUse: Int? {
        guard let memory, let memoryLimit, memoryLimit > 0 else { return nil }
        return Int(clamping: memory * 100 / memoryLimit)
    }
}

/// A fault and its remedy.
package struct Remark: Sendable, Hashable, CustomStringConvertible {
    package let text: String
    package let remedy: String

    init(_ text: String, _ remedy: String) {
        self.text = text
        self.remedy = remedy
    }

    package var description: String { "\(text); \(remedy)" }
}

/// The replication of a server: its master, or its replicas.
package struct Replication: Sendable, Hashable {
    package struct Replica: Sendable, Hashable {
        /// `10.0.0.2:6379`.
        package let address: String
        /// `online`, or on the way there: `wait_bgsave`, `send_bulk`.
        package let state: String
        /// Seconds since the replica was last heard of.
        package let lag: Int
    }

    /// The address of the master; nil when the server is the master itself.
    package let master: String?
    /// True when the server is connected with its master.
    package let isLinked: Bool
    package let replicas: [Replica]

    init?(_ fields: [Substring: Substring]) {
        guard let role = fields["role"] else { return nil }
        master =
            role == "master" ? nil : "\(fields["master_host"] ?? "?"):\(fields["master_port"] ?? "?")"
        isLinked = fields["master_link_status"] == "up"
        // slave0:ip=10.0.0.2,port=6379,state=online,offset=1234,lag=1
        let count = fields["connected_slaves"].flatMap { Int($0) } ?? 0
        replicas = (0..<count).compactMap { fields["slave\($0)"] }.map { line in
            var values: [Substring: Substring] = [:]
            for pair in line.split(separator: ",") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                if parts.count == 2 { values[parts[0]] = parts[1] }
            }
            return Replica(
                address: "\(values["ip"] ?? "?"):\(values["port"] ?? "?")",
                state: String(values["state"] ?? "?"),
                lag: values["lag"].flatMap { Int($0) } ?? 0
            )
        }
    }
}
