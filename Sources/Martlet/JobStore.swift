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
    /// sent again, but for `claim`, which has its own way and passes `again: false` here.
    func run(
        _ name: ScriptName,
        on key: String,
        _ arguments: [RedisArgument],
        again: Bool = true
    ) async throws(JobError) -> ScriptReply {
        var lost = 0
        while true {
            do {
                return try ScriptReply(name, await redis.evaluate(script(name), keys: [key], arguments: arguments))
            } catch let error as RedisError {
                lost += 1
                guard again, error.mayHaveBeenApplied, error.isOutage, lost < 3 else { throw JobError(error) }
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

    init(_ script: ScriptName, _ value: RedisValue) throws(JobError) {
        guard let items = value.array, let word = items.first?.string else {
            throw JobError(.malformed, "\(script.rawValue) answered without a status word")
        }
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
