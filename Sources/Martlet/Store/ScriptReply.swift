internal import MartletScripts
internal import RedisClient

/// The answer of a script: a status word, then the rest.
struct ScriptReply {
    let script: ScriptName
    let word: String
    let rest: ArraySlice<RedisValue>
    /// True when the reply to an earlier sending was lost, so that what is said to be done already may be this call's
    /// own doing.
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

    /// The error for `{"invalid", field, value, what would be right}`; ``malformed()`` for any other answer.
    ///
    /// A script that takes many jobs puts the number of the job in front of the field.
    func invalid() -> JobError {
        guard word == "invalid", (3...4).contains(rest.count) else { return malformed() }
        let words = words.suffix(3)
        return .invalid(words[words.startIndex], words[words.startIndex + 1], "use \(words[words.startIndex + 2])")
    }

    /// The place, counted from 0, of the job that a script refused among `count` jobs; nil when the reply names none of
    /// them.
    func refusedJob(of count: Int) -> Int? {
        guard word == "invalid", rest.count == 4, let number = rest.first?.string.flatMap({ Int($0) }),
            (1...count).contains(number)
        else { return nil }
        return number - 1
    }

    func malformed() -> JobError {
        JobError(.malformed, "\(script.rawValue) answered \(Printable.escaped(word, limit: 80))")
    }
}
