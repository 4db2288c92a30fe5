internal import ArgumentParser
internal import Martlet
internal import RedisClient

/// Waits while Redis is away, for commands that ask again and again until something has happened.
///
/// Once Redis has answered, it waits out an outage until the deadline, and a right that was taken away as well. Before
/// the first answer it waits only when a deadline is given, since the address may be mistyped.
struct OutagePatience {
    /// The instant at which it gives up; nil for never.
    let deadline: ContinuousClock.Instant?
    private var hasAnswered = false

    init(timeout: Duration?) {
        deadline = timeout.map { .now + $0 }
    }

    /// True when the deadline has passed.
    var isOver: Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }

    /// Asks until there is an answer, and says on standard error when Redis is away and when it is back.
    /// - Throws: `ExitCode.unknown`, after it said why, when Redis did not answer in time; and each error of `question`
    ///   that waiting does not mend.
    mutating func ask<Answer>(_ question: () async throws -> Answer) async throws -> Answer {
        var isAway = false
        while true {
            do {
                let answer = try await question()
                hasAnswered = true
                if isAway { Terminal.say("Redis answers again") }
                return answer
            } catch let error as JobError where error.redis?.isOutage == true {
                let text = Printable.escaped("\(error)", limit: 1000)
                let isRefusal = error.redis?.code == .noPermission || error.redis?.code == .noAuth
                guard hasAnswered || (deadline != nil && !isRefusal), !isOver else {
                    Terminal.say("\(text); nobody knows")
                    throw ExitCode.unknown
                }
                if !isAway { Terminal.say("\(text); waiting for it") }
                isAway = true
                try await Task.sleep(for: pause)
            }
        }
    }

    /// The time between two questions while Redis is away.
    private var pause: Duration {
        let longest = Duration.milliseconds(250)
        return deadline.map { max(.milliseconds(10), min(longest, $0 - .now)) } ?? longest
    }
}

extension ExitCode {
    /// The outcome is unknown, since Redis did not answer, or kept nothing of the job: sysexits' EX_UNAVAILABLE.
    static let unknown = ExitCode(69)
    /// The time was up before the outcome was known: sysexits' EX_TEMPFAIL.
    static let late = ExitCode(75)
}
