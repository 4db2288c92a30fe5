/// The commands that a part of the product sends to Redis outside scripts, and the keys on which it sends each.
///
/// A test compares the commands with the sources, and the test suites run under the roles.
struct PlainCommands: Sendable {
    /// The keys of each command, as globs behind the prefix; a command without a key has none.
    let keys: [String: Set<String>]

    /// Makes the list of pairs of commands and the keys of each of them, both with spaces in between.
    private init(_ uses: KeyValuePairs<String, String>) {
        keys = uses.reduce(into: [:]) { keys, use in
            for command in use.key.split(separator: " ") {
                keys[String(command), default: []].formUnion(use.value.split(separator: " ").map(String.init))
            }
        }
    }

    /// The commands that open each connection.
    static let connecting = PlainCommands(["PING SELECT CLIENT|SETNAME": ""])
    /// The command that loads scripts; `EVAL` and `EVALSHA` are allowed on the keys that a role's scripts are given.
    static let running = PlainCommands(["SCRIPT|LOAD": ""])
    /// The command that shows whether jobs are safe with the server.
    static let judging = PlainCommands(["INFO": ""])
    /// The commands of a client, its confirmations, the relay of an outbox, and of waiting for a job.
    ///
    /// A client looks whether the workers and the archiver read payloads in parts.
    static let enqueuing = PlainCommands([
        "SADD": "queues", "EXISTS HGET HGETALL": "{*}:job:*", "HGET": "{*}:meta", "ZRANGE": "workers",
        "HEXISTS": "worker:*", "HMGET": "archiver", "SET": "{*}:confirmed", "WAIT TIME": "",
    ])
    /// The commands that deliver jobs from schedules to their queues.
    static let delivering = PlainCommands([
        "LRANGE LREM": "{scheduler}:pending", "SADD": "queues", "HGET": "{*}:meta", "GET": "{scheduler}:sequence",
    ])
    /// The commands of a worker: its record, its doorbell and orders, schedules, and the jobs of a dead worker.
    static let working = PlainCommands([
        "UNLINK": "worker:*", "SADD SMEMBERS": "queues", "ZREM ZRANGE": "workers",
        "RPUSH LTRIM": "{*}:wake {scheduler}:news", "RPUSH PEXPIRE": "worker:*:orders",
        "BLPOP": "{*}:wake {scheduler}:news worker:*:orders",
        "EXISTS": "archiver {*}:waiting {*}:running {*}:scheduled",
        "HGET": "{*}:job:* worker:*", "HMGET": "{scheduler}:schedule:*", "ZRANGE": "{*}:running {*}:fired:*",
        "ZRANGEBYSCORE": "{scheduler}:declared",
    ])
    /// The commands that read finished jobs before they are archived.
    static let archiving = PlainCommands([
        "HGETALL HSTRLEN": "{*}:job:*", "LRANGE": "{*}:attempts:* {*}:log:*", "SMEMBERS": "queues",
        "ZCOUNT ZRANGEBYSCORE": "{*}:successful {*}:warning {*}:error {*}:cancelled {*}:expiring",
    ])
    /// The commands that read for people: ``Inspector``.
    static let reading = PlainCommands([
        """
        EXISTS GET HGET HGETALL HMGET LRANGE SISMEMBER SMEMBERS ZCARD ZCOUNT ZLEXCOUNT ZRANGE ZRANGEBYLEX ZRANK \
        ZREVRANGE ZREVRANK ZSCORE
        """: "*",
        "TIME": "",
    ])
    /// The commands that look at every key, for `doctor --verify`.
    static let verifying = PlainCommands(["SCAN": "", "ZSCAN": "*"])
    /// The commands of operators: orders to workers, and forgetting an archiver.
    static let steering = PlainCommands(["RPUSH PEXPIRE": "worker:*:orders", "UNLINK": "archiver"])
    /// The command that a person sends with redis-cli when somebody's script does not end.
    static let rescuing = PlainCommands(["SCRIPT|KILL": ""])
}
