internal import RedisClient

/// The commands that the user of a connection may not run although a script or a role needs them.
package struct Refusal: Sendable, Hashable {
    /// The commands, sorted; a subcommand is written as `SCRIPT LOAD`.
    package let commands: [String]
    /// The keys on which they are refused, sorted.
    package let keys: [String]

    /// Reads the entries that `lua/operator/rights.lua` answers; nil when nothing was refused.
    init?(_ entries: [String]) {
        if entries.isEmpty { return nil }
        let pairs = entries.map { $0.split(separator: "|", maxSplits: 1).map(String.init) }
        commands = Set(pairs.compactMap(\.first)).sorted()
        keys = Set(pairs.compactMap { $0.count == 2 ? $0[1] : nil }).sorted()
    }

    /// The refusal in words: `ZADD, ZREM and 3 more on martlet:{mail}:waiting and 12 more keys`.
    package var text: String {
        "\(Self.some(commands, of: 3, "")) on \(Self.some(keys, of: 1, " keys"))"
    }

    private static func some(_ items: [String], of count: Int, _ noun: String) -> String {
        let rest = items.count - count
        return items.prefix(count).joined(separator: ", ") + (rest > 0 ? " and \(rest) more\(noun)" : "")
    }
}

extension JobError {
    /// The error that says who may not do what, and what to do about it.
    static func refused(_ user: String?, _ what: String, remedy: String) -> JobError {
        let message = "user \(user ?? "default") may not run \(what); \(remedy)"
        return JobError(.redis, message, redis: RedisError(.noPermission, message))
    }
}

extension [Role] {
    /// The advice to use one of these roles: `the roles worker and operator may; …`.
    var remedy: String {
        let names = map(\.rawValue)
        let hint = "martlet doctor --acl prints the rights of each role"
        guard let last = names.last else { return hint }
        let list = names.count == 1 ? last : "\(names.dropLast().joined(separator: ", ")) and \(last)"
        return "the role\(names.count == 1 ? "" : "s") \(list) may; \(hint)"
    }
}
