/// A worker process as it describes itself, every ten seconds.
public struct WorkerRecord: Sendable, Hashable {
    public let id: String
    /// As its hash holds them: host, pid, version, release, queues, types, concurrency, running, jobs, memory,
    /// started_at; claimed_at: when it last claimed, or beat with every place taken; stuck: handlers that did not stop
    /// and still run; stale: its writes that were refused because a lease was lost; quiet: 1 while it claims nothing.
    public let fields: [String: String]
    /// When it was last heard of, in milliseconds since 1970 by Redis's clock.
    public let heartbeat: Int64

    /// The queues that it takes jobs from.
    public var queues: [String] { words("queues") }
    /// The job types that it has handlers for.
    public var types: [String] { words("types") }
    /// How many jobs it runs at most.
    public var concurrency: Int { number("concurrency").map { Int($0) } ?? 0 }
    /// How many jobs it ran when it was last heard of.
    public var running: Int { number("running").map { Int($0) } ?? 0 }
    /// Full ids of jobs that it ran then, twenty at most.
    public var jobs: [String] { words("jobs") }
    /// Whether an operator told it to claim nothing.
    public var isQuiet: Bool { fields["quiet"] == "1" }
    /// Resident memory in bytes, where it is known.
    public var memory: Int64? { number("memory") }
    /// When it began, in milliseconds since 1970 by Redis's clock.
    public var startedAt: Int64? { number("started_at") }

    private func words(_ name: String) -> [String] { (fields[name] ?? "").split(separator: " ").map(String.init) }
    private func number(_ name: String) -> Int64? { fields[name].flatMap { Int64($0) } }
}
