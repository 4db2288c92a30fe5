internal import Synchronization

/// The SHAs of scripts as the server told them.
///
/// The clients of one configuration share it.
final class ScriptTable: Sendable {
    private enum Knowledge {
        case asked
        case sha(String)
        /// The server refuses SCRIPT LOAD, so the source is sent each time.
        case refused
    }

    /// The way to run a script now.
    enum Plan: Equatable {
        case sha(String)
        case source
        /// The script is run by its source, and its SHA is asked for right behind.
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

    /// Reads the reply to SCRIPT LOAD.
    ///
    /// After anything but a SHA or a refusal the next call asks again.
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
