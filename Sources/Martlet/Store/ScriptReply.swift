internal import MartletScripts
internal import RedisClient

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

    /// The error for `{"invalid", field, value, what would be right}`, in front of which a script that takes many jobs
    /// puts the number of the job; ``malformed()`` for any other answer.
    func invalid() -> JobError {
        guard word == "invalid", (3...4).contains(rest.count) else { return malformed() }
        let words = words.suffix(3)
        return .invalid(words[words.startIndex], words[words.startIndex + 1], "use \(words[words.startIndex + 2])")
    }

    /// The job that is not acceptable to a script that takes many of them, counted from 0; nil when the reply names
    /// none of so many.
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
