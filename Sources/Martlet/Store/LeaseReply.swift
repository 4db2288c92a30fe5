/// The outcome of a write by the holder of a lease.
package enum LeaseReply: Sendable, Hashable {
    /// The write is done, and the job is in this state now.
    case done(JobState)
    /// The write was done before under this very lease, and the first reply was lost.
    case already
    /// The lease is somebody else's now, or the job is gone; this sending wrote nothing.
    case stale

    /// Reads the word of a script.
    ///
    /// When the script was sent before, a job that is gone was finished by the first sending and nothing of it was
    /// kept.
    init?(_ word: String, isResent: Bool) {
        switch word {
        case "already": self = .already
        case "gone" where isResent: self = .already
        case "stale", "gone": self = .stale
        default:
            guard let state = JobState(rawValue: word) else { return nil }
            self = .done(state)
        }
    }
}

extension ScriptReply {
    /// Reads the reply of a script for one job: `{"ok", state}`, or the refusal alone.
    func leaseReply() throws(JobError) -> LeaseReply {
        let word = word == "ok" ? words.first ?? "" : word
        guard let reply = LeaseReply(word, isResent: isResent) else { throw malformed() }
        return reply
    }

    /// Reads the reply of a script for many jobs: `{"ok", word, …}`.
    func leaseReplies(_ count: Int) throws(JobError) -> [LeaseReply] {
        let replies = words.compactMap { LeaseReply($0, isResent: isResent) }
        guard word == "ok", replies.count == count else { throw malformed() }
        return replies
    }
}
