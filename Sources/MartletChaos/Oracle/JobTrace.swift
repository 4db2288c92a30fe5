internal import Martlet

/// The life of one job as Redis's journal tells it.
struct JobTrace: Sendable {
    /// A job that left running for anything but the end.
    struct Leave: Sendable, Equatable {
        enum Kind: Sendable { case waiting, scheduled, rescued }
        let kind: Kind
        let token: Int
        /// The attempt that it ran under.
        let attempt: Int
        /// What the hash said behind the change.
        let attemptAfter: Int
    }
    struct End: Sendable, Equatable {
        /// Nil when nothing was kept of it.
        let state: JobState?
        /// The token that the ending attempt held; nil when it was not running.
        let token: Int?
        /// It was not its worker that ended it.
        let wasRescue: Bool
        let crashes: Int
        let attempts: Int
    }
    struct Claim: Sendable, Hashable {
        let token: Int
        let attempt: Int
    }

    var kind: ChaosJob.Kind?
    var state: JobState?
    /// The state sets that it stands in.
    var sets: Set<JobState> = []
    /// The highest token that it ever had.
    var token = 0
    /// The token was taken away, and there is no other yet.
    var isTokenGone = false
    var attempt = 0
    var attemptsBeforeRestart = 0
    var crashes = 0
    var leaseExpiry: Int64 = 0
    /// Nothing of it is kept once it has ended.
    var keepsNothing = false
    /// How often there was a job of this id: when it has ended and gone the id is free, and the same call may put it in
    /// once more.
    var lives = 1

    var claims: [Claim] = []
    var leaves: [Leave] = []
    var ends: [End] = []
    var restarts = 0
    /// The last numbered line of the attempt under way, and of the one that ended last.
    var lastLine = (token: 0, number: 0)

    /// Within the present attempt: the token it was claimed with, and whether Redis counted a crash.
    var claimed: Claim?
    var isCrash = false
    /// The crash may be another job's doing: its attempt is given back.
    var isDoubtful = false
    /// A leave whose remaining writes may still come in the same transaction.
    var leaving: (kind: Leave.Kind, claim: Claim)?
}
