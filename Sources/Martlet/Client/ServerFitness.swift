internal import RedisClient

/// What a server says of itself that decides whether jobs are safe with it.
package struct ServerFitness: Sendable {
    package let version: String
    package let evictionPolicy: String
    package let isAppendOnly: Bool
    /// What it could not write to its disk the last time that it tried: `its append-only file`, `its snapshot`.
    package let unwritten: [String]
    /// Bytes in use; nil where the user may not ask.
    package let memory: Int64?
    /// Bytes that it may use; those of the machine where it has no limit.
    package let memoryLimit: Int64?
    /// It has a limit of its own.
    package let isLimited: Bool
    package let replication: Replication?

    /// - Parameter fields: those of `INFO`. What is missing counts as fit: a user that may not ask is not refused.
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

    /// - Throws: ``JobError`` with the code `unfit` and the remedy.
    package func check() throws(JobError) {
        if let unfitness { throw JobError(.unfit, "\(unfitness)") }
    }

    /// Why jobs would be lost with it; nil when they would not.
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

    /// What works but is not safe.
    package var warnings: [Remark] {
        guard !isAppendOnly else { return [] }
        return [
            Remark(
                "appendonly is off: jobs enqueued since the last snapshot are lost when Redis dies",
                "set appendonly yes (CONFIG SET appendonly yes, and in redis.conf)"
            )
        ]
    }

    /// How full the memory is, in hundredths.
    package var memoryUse: Int? {
        guard let memory, let memoryLimit, memoryLimit > 0 else { return nil }
        return Int(clamping: memory * 100 / memoryLimit)
    }
}

/// What is not as it should be, and what to do.
package struct Remark: Sendable, Hashable, CustomStringConvertible {
    package let text: String
    package let remedy: String

    init(_ text: String, _ remedy: String) {
        self.text = text
        self.remedy = remedy
    }

    package var description: String { "\(text); \(remedy)" }
}

/// How a server and its replicas stand to each other.
package struct Replication: Sendable, Hashable {
    package struct Replica: Sendable, Hashable {
        /// `10.0.0.2:6379`.
        package let address: String
        /// `online`, or on the way there: `wait_bgsave`, `send_bulk`.
        package let state: String
        /// Seconds since it was last heard of.
        package let lag: Int
    }

    /// The address of the master; nil when the server is the master itself.
    package let master: String?
    /// Whether it is connected with that.
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
