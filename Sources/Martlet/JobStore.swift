package import MartletScripts
package import RedisClient

/// The transitions, one method for each script in `lua/`. A method builds the keys and arguments and reads the reply;
/// what is allowed is decided in the script.
package struct JobStore: Sendable {
    package let redis: RedisClient
    package let keys: Keys
    private let scripts: [ScriptName: RedisScript]

    package init(redis: RedisClient, prefix: String, library: ScriptLibrary) {
        self.redis = redis
        self.keys = Keys(prefix: prefix)
        self.scripts = Dictionary(
            uniqueKeysWithValues: ScriptName.allCases.map {
                ($0, RedisScript(name: $0.rawValue, source: library.source($0)))
            }
        )
    }

    package func script(_ name: ScriptName) -> RedisScript {
        guard let script = scripts[name] else { preconditionFailure("there is no script \(name.rawValue)") }
        return script
    }

    /// Runs a script. When the reply was lost on the wire it is sent again, twice at most: every script is safe to be
    /// sent again, but for `claim`, which has its own way and passes `resends: false` here.
    func run(
        _ name: ScriptName,
        on key: String,
        _ arguments: [RedisArgument],
        resends: Bool = true
    ) async throws(JobError) -> ScriptReply {
        var lost = 0
        while true {
            do {
                let value = try await redis.evaluate(script(name), keys: [key], arguments: arguments)
                return try ScriptReply(name, value, isResent: lost > 0)
            } catch let error as RedisError {
                lost += 1
                guard resends, error.mayHaveBeenApplied, error.isOutage, lost < 3 else { throw JobError(error) }
            } catch let error as JobError {
                throw error
            } catch {
                throw JobError(.malformed, "\(name.rawValue): \(error)")
            }
        }
    }
}

/// What a script answered: a status word, then the rest.
struct ScriptReply {
    let script: ScriptName
    let word: String
    let rest: ArraySlice<RedisValue>
    /// The reply to an earlier sending was lost: what is said to be done already may be this call's own doing.
    let isResent: Bool

    init(_ script: ScriptName, _ value: RedisValue, isResent: Bool = false) throws(JobError) {
        guard let items = value.array, let word = items.first?.string else {
            throw JobError(.malformed, "\(script.rawValue) answered without a status word")
        }
        self.isResent = isResent
        self.script = script
        self.word = word
        self.rest = items.dropFirst()
    }

    /// The texts that follow the status word.
    var words: [String] { rest.map { $0.string ?? "" } }

    func malformed() -> JobError {
        JobError(.malformed, "\(script.rawValue) answered \(Printable.escaped(word, limit: 80))")
    }
}
