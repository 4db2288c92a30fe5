extension RedisError {
    /// The typed error for the text of an error reply, such as `OOM command not allowed …`.
    package init(reply text: String) {
        self.init(Self.code(ofReply: text), text)
    }

    /// Whether the address is worth resolving again: this server is not, or no longer, the one to talk to.
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
        // What Redis 7.0 says where a script does what its user may not do.
        case "ERR" where text.hasPrefix("ERR The user executing the script can't"): .noPermission
        default: .server
        }
    }
}
