import Martlet
import MartletTesting
import ProcessSupervision
import RedisClient

extension Stage {
    /// The URL for a program: as the user whose part it is, so that everything that these tests run is run with no more
    /// rights than that.
    func url(for arguments: [String], executable: String = MartletProcess.martlet) -> String {
        // A program of a user's enqueues and works.
        server.url(as: executable == MartletProcess.martlet ? Self.role(of: arguments) : .worker)
    }

    /// Gives the user of a role its rights anew, with each rule as `edit` makes it.
    ///
    /// A right is taken away like this and not by `-zadd`, which takes nothing from a selector.
    func setUser(_ role: Role, edit: (String) -> String = { $0 }) async throws {
        let words = ["SETUSER", role.user, "reset", "on", "nopass"] + role.rules(prefix: "martlet").map(edit)
        _ = try await redis.send(RedisCommand("ACL", words.map { RedisArgument($0) }))
    }

    /// Whose part a command is; nil for what brings a Redis of its own.
    static func role(of arguments: [String]) -> Role? {
        let (noun, verb) = (arguments.first ?? "", arguments.dropFirst().first ?? "")
        switch (noun, verb) {
        case ("dev", _): return nil
        case ("work", _): return .worker
        case ("archive", _): return arguments.contains("--retire") ? .operator : .worker
        case ("job", "enqueue"), ("job", "wait"), ("outbox", _): return .producer
        case ("doctor", _): return arguments.contains("--verify") ? .operator : .viewer
        case ("stats", _), ("audit", _), ("history", _), ("script", _): return .viewer
        case (_, "list"), (_, "show"), (_, "logs"), (_, "explain"), (_, "slots"), (_, "preview"): return .viewer
        default: return .operator
        }
    }
}
