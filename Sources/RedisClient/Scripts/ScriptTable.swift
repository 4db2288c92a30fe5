internal import Synchronization

/// The SHAs of scripts as the server told them.
///
/// Shared by the clients of one configuration.
final class ScriptTable: Sendable {
    private enum Knowledge {
        case asked
        case sha(String)
        /// The server refuses SCRIPT LOAD: the source has to do.
        case refused
    }

    /// How to run a script now.
    enum Plan: Equatable {
        case sha(String)
        case source
        /// By its source, and ask for the SHA right behind.
        case sourceThenLoad
    }

    private let known = Mutex<[RedisScript: Knowledge]>([:])

    func plan(for script: RedisScript) -> Plan {
        known.withLock { known in
            switch known[script] {
            case .sha(let sha): return .sha(sha)
            case .asked, .refused: return .source
            case nil:
                known[script] = .asked
                return .sourceThenLoad
            }
        }
    }

    /// Takes the reply to SCRIPT LOAD.
    ///
    /// Anything but a SHA or a refusal means that the next call asks again.
    func learn(_ reply: Result<RedisValue, RedisError>, for script: RedisScript) {
        known.withLock { known in
            switch reply {
            case .success(let value): known[script] = value.string.map { .sha($0) }
            case .failure(let error):
                known[script] = error.code == .server || error.code == .noPermission ? .refused : nil
            }
        }
    }
}
