/// The commands that a part of the product sends to Redis by themselves, outside scripts. A test compares them with the
/// sources, and the suites run under the roles.
struct PlainCommands: Sendable {
    let names: [String]

    /// Before anything else, on each connection.
    static let connecting = PlainCommands(names: ["PING", "SELECT", "CLIENT|SETNAME"])
    /// To run scripts.
    static let running = PlainCommands(names: ["EVAL", "EVALSHA", "SCRIPT|LOAD"])
    /// To see whether jobs are safe with the server.
    static let judging = PlainCommands(names: ["INFO"])
    /// A client, its confirmations, the relay of an outbox, and waiting for a job.
    static let enqueuing = PlainCommands(names: ["SADD", "EXISTS", "HGET", "HGETALL", "SET", "WAIT"])
    /// Jobs on their way from schedules to their queues.
    static let delivering = PlainCommands(names: ["LRANGE", "LREM", "SADD"])
    /// A worker beside its scripts: its record, its doorbell and orders, schedules, the jobs of a dead one.
    static let working = PlainCommands(
        names: [
            "BLPOP", "EXISTS", "HGET", "HMGET", "HSET", "LTRIM", "PEXPIRE", "RPUSH", "SADD", "UNLINK", "ZRANGE",
            "ZRANGEBYSCORE", "ZREM",
        ]
    )
    /// What is read of finished jobs before they go.
    static let archiving = PlainCommands(names: ["HGETALL", "HSTRLEN", "LRANGE", "SMEMBERS", "ZCOUNT", "ZRANGEBYSCORE"])
    /// What people look at: ``Inspector``.
    static let reading = PlainCommands(
        names: [
            "EXISTS", "GET", "HGET", "HGETALL", "HMGET", "LRANGE", "SISMEMBER", "SMEMBERS", "TIME",
            "ZCARD", "ZCOUNT", "ZLEXCOUNT", "ZRANGE", "ZRANGEBYLEX", "ZRANK", "ZREVRANGE", "ZREVRANK", "ZSCORE",
        ]
    )
    /// The one look at every key, for `doctor --verify`.
    static let verifying = PlainCommands(names: ["SCAN", "ZSCAN"])
    /// What operators do without a script: orders to workers, and forgetting an archiver.
    static let steering = PlainCommands(names: ["PEXPIRE", "RPUSH", "UNLINK"])
}
