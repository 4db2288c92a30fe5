public import FoundationEssentials

/// A worker process as it describes itself every ten seconds; times are by Redis's clock.
public struct WorkerRecord: Sendable, Hashable {
    /// The worker's id.
    public let id: String
    /// The time at which it was last heard of.
    public let heartbeat: Date
    /// The machine that it runs on.
    public let host: String?
    /// The id of its process on that machine.
    public let pid: Int32?
    /// The version of Martlet that it is built with.
    public let version: String?
    /// The release of the program, where its configuration names one.
    public let release: String?
    /// The queues that it takes jobs from.
    public let queues: [String]
    /// The job types that it has handlers for.
    public let types: [String]
    /// The most jobs that it runs at once.
    public let concurrency: Int
    /// The number of jobs that it ran when it was last heard of.
    public let running: Int
    /// The full ids of the jobs that it ran then, at most twenty; a text that is no id was not written by Martlet.
    public let jobs: [String]
    /// The resident memory in bytes; nil where it is not known.
    public let memory: Int?
    /// True while it claims nothing because an operator told it so.
    public let isQuiet: Bool
    /// The time at which it started.
    public let startedAt: Date?
    /// The time at which it last claimed, or was heard of with every place taken.
    public let claimedAt: Date?
    /// The number of its handlers that did not stop when they were told to, and still run.
    public let stuck: Int
    /// The number of its writes that were refused because a lease was lost.
    public let stale: Int

    init(_ id: String, _ hash: StoredHash, heartbeat: Date) {
        self.id = id
        self.heartbeat = heartbeat
        host = hash.text("host")
        pid = hash.count("pid").map { Int32(clamping: $0) }
        version = hash.text("version")
        release = hash.text("release")
        queues = hash.words("queues")
        types = hash.words("types")
        concurrency = hash.count("concurrency") ?? 0
        running = hash.count("running") ?? 0
        jobs = hash.words("jobs")
        memory = hash.count("memory")
        isQuiet = hash["quiet"] == "1"
        startedAt = hash.time("started_at")
        claimedAt = hash.time("claimed_at")
        stuck = hash.count("stuck") ?? 0
        stale = hash.count("stale") ?? 0
    }
}
