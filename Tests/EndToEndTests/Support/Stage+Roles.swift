import Martlet
import MartletTesting
import ProcessSupervision

extension Stage {
    /// The URL for a program: as the user whose part it is, so that everything that these tests run is run with no more
    /// rights than that.
    func url(for arguments: [String], executable: String = MartletProcess.martlet) -> String {
        // A program of a user's enqueues and works.
        server.url(as: executable == MartletProcess.martlet ? Self.role(of: arguments) : .worker)
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
