/// The right to run some commands on some keys: a selector of Redis's ACL, which has them since 7.0.
package struct Grant: Sendable, Hashable {
    /// The use that a command makes of its keys, as the ACL writes it.
    private enum Access: String {
        case read = "%R~"
        case write = "%W~"
        case both = "~"
    }

    /// The commands; a subcommand is written as `SCRIPT|LOAD`.
    package fileprivate(set) var commands: [String]
    /// The keys as globs behind the prefix; commands without a key have none.
    package let keys: [String]

    /// Makes the words for `ACL SETUSER`: a selector in parentheses, or the commands alone where they have no key.
    package func rules(prefix: String) -> [String] {
        let allowed = commands.map { "+\($0.lowercased())" }
        guard let first = commands.first, !keys.isEmpty else { return allowed }
        let patterns = keys.map { "\(Self.access(of: first).rawValue)\(prefix):\($0)" }
        return ["(\((patterns + allowed).joined(separator: " ")))"]
    }

    /// The commands that read their keys and change them; a test asks Redis.
    private static let both: Set = ["BLPOP", "EVAL", "EVALSHA", "HINCRBY", "INCR", "LPOP", "ZINCRBY"]
    /// The commands that change their keys and tell nothing of them; all others only read.
    private static let writing: Set = [
        "EXPIRE", "HDEL", "HSET", "HSETNX", "LPUSH", "LREM", "LSET", "LTRIM", "PEXPIRE", "RPUSH", "SADD", "SET",
        "UNLINK", "ZADD", "ZREM", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE",
    ]

    private static func access(of command: String) -> Access {
        both.contains(command) ? .both : writing.contains(command) ? .write : .read
    }

    /// The commands on which most of Redis's time goes, most frequent first.
    ///
    /// Redis tries selectors and their keys in order: claims and finishes were 4 % slower in alphabetical order.
    private static let frequentCommands = [
        "EVALSHA", "HSET", "HGETALL", "HMGET", "EXISTS", "ZADD", "ZREM", "GET", "SET", "ZRANGE", "HEXISTS", "HGET",
        "RPUSH", "LTRIM", "ZRANGEBYSCORE", "LLEN",
    ]
    /// The keys on which these commands are run most.
    private static let frequentKeys = [
        "{*}:job:*", "{*}", "{*}:waiting", "{*}:running", "{*}:attempts:*", "{*}:counts:*", "{*}:successful",
        "{*}:wake",
    ]

    private static func sorted(_ items: some Sequence<String>, first: [String]) -> [String] {
        func place(_ item: String) -> Int { first.firstIndex(of: item) ?? first.count }
        return items.sorted { (place($0), $0) < (place($1), $1) }
    }

    /// Makes the grants for commands and the keys of each, those first that Redis looks up most.
    ///
    /// A command stands in one grant only, with all its keys, since Redis wants all keys of a call in one selector. The
    /// commands without a key come first, since they belong to the user itself.
    package static func all(_ needs: [String: Set<String>]) -> [Grant] {
        var grants: [Grant] = []
        for command in sorted(needs.keys, first: frequentCommands) {
            let needed = needs[command] ?? []
            let keys = needed.contains("*") ? ["*"] : sorted(needed, first: frequentKeys)
            let place = grants.firstIndex { grant in
                grant.keys == keys && (keys.isEmpty || access(of: grant.commands[0]) == access(of: command))
            }
            if let place {
                grants[place].commands.append(command)
            } else {
                grants.append(Grant(commands: [command], keys: keys))
            }
        }
        return grants.filter(\.keys.isEmpty) + grants.filter { !$0.keys.isEmpty }
    }
}
