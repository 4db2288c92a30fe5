extension RedisError {
    /// The typed error for the text of an error reply, such as `OOM command not allowed …`.
    package init(reply text: String) {
        self.init(Self.code(ofReply: text), text)
    }

    /// True when the address is worth resolving again, because this server is not, or no longer, the one to talk to.
    var pointsElsewhere: Bool {
        code == .readOnly || code == .moved
    }

    private static func code(ofReply text: String) -> Code {
        switch text.prefix(while: { $0 != " " }) {
        case "NOSCRIPT": .noScript
        case "MISCONF", "NOREPLICAS": .misconf
        case "OOM": .oom
        case "LOADING": .loading
        case "READONLY", "MASTERDOWN": .readOnly
        case "BUSY": .busy
        case "NOAUTH", "WRONGPASS": .noAuth
        case "NOPERM": .noPermission
        case "MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN": .moved
        case "ERR" where text.hasPrefix("ERR max number of clients"): .connection
        // Redis 7.0 says this where a script runs a command that its user may not run.
        case "ERR" where text.hasPrefix("ERR The user executing the script can't"): .noPermission
        default: .server
        }
    }
}
