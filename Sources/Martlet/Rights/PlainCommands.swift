/// The commands that a part of the product sends to Redis outside scripts.
///
/// A test compares them with the sources, and the test suites run under the roles.
struct PlainCommands: Sendable {
    let names: [String]

    /// The commands that open each connection.
    static let connecting = PlainCommands(names: ["PING", "SELECT", "CLIENT|SETNAME"])
    /// The commands that run scripts.
    static let running = PlainCommands(names: ["EVAL", "EVALSHA", "SCRIPT|LOAD"])
    /// The command that shows whether jobs are safe with the server.
    static let judging = PlainCommands(names: ["INFO"])
    /// The commands of a client, its confirmations, the relay of an outbox, and of waiting for a job.
    static let enqueuing = PlainCommands(names: ["SADD", "EXISTS", "HGET", "HGETALL", "SET", "WAIT"])
    /// The commands that deliver jobs from schedules to their queues.
    static let delivering = PlainCommands(names: ["LRANGE", "LREM", "SADD"])
    /// The commands of a worker: its record, its doorbell and orders, schedules, and the jobs of a dead worker.
    static let working = PlainCommands(
        names: [
            "BLPOP", "EXISTS", "HGET", "HMGET", "LTRIM", "PEXPIRE", "RPUSH", "SADD", "UNLINK", "ZRANGE",
            "ZRANGEBYSCORE", "ZREM",
        ]
    )
    /// The commands that read finished jobs before they are archived.
    static let archiving = PlainCommands(names: ["HGETALL", "HSTRLEN", "LRANGE", "SMEMBERS", "ZCOUNT", "ZRANGEBYSCORE"])
    /// The commands that read for people: ``Inspector``.
    static let reading = PlainCommands(
        names: [
            "EXISTS", "GET", "HGET", "HGETALL", "HMGET", "LRANGE", "SISMEMBER", "SMEMBERS", "TIME",
            "ZCARD", "ZCOUNT", "ZLEXCOUNT", "ZRANGE", "ZRANGEBYLEX", "ZRANK", "ZREVRANGE", "ZREVRANK", "ZSCORE",
        ]
    )
    /// The commands that look at every key, for `doctor --verify`.
    static let verifying = PlainCommands(names: ["SCAN", "ZSCAN"])
    /// The commands of operators: orders to workers, and forgetting an archiver.
    static let steering = PlainCommands(names: ["PEXPIRE", "RPUSH", "UNLINK"])
}
