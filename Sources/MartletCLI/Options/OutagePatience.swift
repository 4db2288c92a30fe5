internal import ArgumentParser
internal import Martlet
internal import RedisClient

/// Waits while Redis is away, for commands that look at something again and again until it has come.
///
/// Once Redis has answered, an outage is waited out until the deadline, and so is a right that was taken away. Before
/// that it is waited for only where somebody said for how long: an address may be mistyped.
struct OutagePatience {
    /// When to give up; nil for never.
    let deadline: ContinuousClock.Instant?
    private var hasAnswered = false

    init(timeout: Duration?) {
        deadline = timeout.map { .now + $0 }
    }

    /// Whether the time is up.
    var isOver: Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }

    /// Asks until there is an answer, and says on standard error that Redis is away and that it is back.
    /// - Throws: `ExitCode.unknown`, and says why, where Redis did not answer in time; what `question` throws that
    ///   waiting does not mend.
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

    /// Between two questions while Redis is away.
    private var pause: Duration {
        let longest = Duration.milliseconds(250)
        return deadline.map { max(.milliseconds(10), min(longest, $0 - .now)) } ?? longest
    }
}

extension ExitCode {
    /// Redis did not answer, or nothing was kept of the job: sysexits' EX_UNAVAILABLE.
    static let unknown = ExitCode(69)
    /// The time was up before: sysexits' EX_TEMPFAIL.
    static let late = ExitCode(75)
}
