package import Martlet

extension Role {
    /// The arguments for ``RedisServer`` with which it has a user for each role, without passwords.
    ///
    /// `prefix` is the text that the keys begin with; `*` stands for any text.
    package static func users(prefix: String = "martlet") -> [String] {
        allCases.flatMap {
            ["--user", $0.user, "on", "nopass"] + $0.rules(prefix: prefix) + ["(%R~\(prefix):clock +hget)"]
        }
    }
}

extension RedisServer {
    /// The server's URL for the user of a role; the server has these users when it was started with
    /// ``Role/users(prefix:)``.
    package func url(as role: Role?) -> String {
        guard let role else { return url }
        return url.replacing("://", with: "://\(role.user):x@")
    }
}
