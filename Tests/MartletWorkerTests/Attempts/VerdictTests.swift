import FoundationEssentials
import Logging
import Testing

@testable import Martlet
@testable import MartletWorker

/// What becomes of a job, of values alone.
@Suite struct VerdictTests {
    private static let job = ClaimedJob(
        id: try? JobID(queue: "mail", local: "a"),
        attempt: 3,
        attemptsBeforeRestart: 1
    )

    private struct Mishap: Error {}

    private func verdict(
        _ result: Result<Void, any Error>?,
        stop: AttemptState.Stop? = nil,
        hasBegun: Bool = true,
        report: SelfReport? = nil,
        maxRetries: Int = 5,
        backoff: Duration? = nil
    ) throws -> Verdict {
        let options = ResolvedOptions(JobOptions(maxRetries: maxRetries), type: JobOptions(timeLimit: .seconds(90)))
        var attempt = AttemptState(claimedAt: .now, timeLimit: options.timeLimit)
        if hasBegun { _ = attempt.begin(.now) }
        if let report { attempt.note(report, "said so") }
        if let stop { _ = attempt.stop(stop, .now) }
        return AttemptEvidence(
            job: try #require(Self.job),
            options: options,
            attemptOfRound: 2,
            attempt: attempt,
            result: result,
            worker: "w"
        ).verdict { _ in backoff }
    }

    @Test func `a handler that returns is successful, or as bad as it said`() throws {
        #expect(try verdict(.success(())).outcome == .successful)
        #expect(try verdict(.success(()), report: .warning).outcome == .warning)
        let error = try verdict(.success(()), report: .error)
        #expect(error.outcome == .error)
        guard case .finish(let ending) = error.write else { throw Mishap() }
        #expect(ending.outcome == .successful)
        #expect(ending.report == .error)
        #expect(ending.error == "said so")
        #expect(error.line == nil)
    }

    @Test func `an error is retried while there are retries`() throws {
        let again = try verdict(.failure(Mishap()))
        guard case .retry(let delay, let end) = again.write else { throw Mishap() }
        #expect(again.outcome == .retried(after: delay))
        #expect((.seconds(15)...(.seconds(30))).contains(delay))
        #expect(end.errorType == "Mishap")
        #expect(end.attempt == 3)
        #expect(again.line?.text.hasPrefix("attempt 3 failed: Mishap(); retry 2 of 5 in ") == true)
        #expect(try verdict(.failure(Mishap()), maxRetries: 1).outcome == .error)
    }

    @Test func `a handler may say how long to wait, and what it says of its own job stands above the options`() throws {
        #expect(try verdict(.failure(Mishap()), backoff: .seconds(3)).outcome == .retried(after: .seconds(3)))
        let signal = JobSignal.retry(after: .seconds(7), "busy")
        #expect(try verdict(.failure(signal), backoff: .seconds(3)).outcome == .retried(after: .seconds(7)))
        #expect(try verdict(.failure(signal), maxRetries: 1).outcome == .error)
        #expect(try verdict(.failure(signal), maxRetries: 1).line?.text == "attempt 3 failed: busy")
    }

    @Test func `a job that reported on itself is not retried`() throws {
        #expect(try verdict(.failure(Mishap()), report: .warning).outcome == .error)
        #expect(try verdict(nil, stop: .timeLimit, report: .warning).outcome == .error)
    }

    @Test func `signals do what they say`() throws {
        #expect(try verdict(.failure(JobSignal.snooze(for: .seconds(-1)))).outcome == .snoozed(for: .zero))
        #expect(try verdict(.failure(JobSignal.cancel("no longer"))).outcome == .cancelled)
        #expect(try verdict(.failure(JobSignal.fail("never"))).outcome == .error)
    }

    @Test(arguments: [Result<Void, Mishap>.success(()), .failure(Mishap())])
    private func `why the worker stopped it counts more than what the handler did then`(
        result: Result<Void, Mishap>
    ) throws {
        let result = result.mapError { $0 as any Error }
        #expect(try verdict(result, stop: .leaseLost).outcome == .leaseLost)
        #expect(try verdict(result, stop: .shutdown).outcome == .released)
        #expect(try verdict(result, stop: .cancelled).outcome == .cancelled)
        guard case .retry(_, let end) = try verdict(result, stop: .timeLimit).write else { throw Mishap() }
        #expect(end.end == .timedOut)
        #expect(end.error == "the time limit of 90 s was exceeded")
    }

    @Test func `an attempt that is given up says whether its handler had begun`() throws {
        #expect(try verdict(nil, stop: .noThread, hasBegun: false).outcome == .released)
        #expect(
            try verdict(nil, stop: .noThread, hasBegun: false).line?.text
                == "given back: other handlers block every thread of the worker"
        )
        let stuck = try verdict(nil, stop: .cancelled)
        #expect(stuck.line?.text == "cancelled: cancelled while it ran; the handler did not stop")
        let unbegun = try verdict(nil, stop: .cancelled, hasBegun: false)
        #expect(unbegun.line?.text == "cancelled: cancelled before it began")
    }

    @Test func `errors are kept to four KiB`() throws {
        let long = String(repeating: "x", count: 100_000)
        guard case .finish(let ending) = try verdict(.failure(JobSignal.fail(long))).write else { throw Mishap() }
        #expect(ending.error.utf8.count < 4200)
        #expect(ending.attempt?.error == ending.error)
    }
}

extension ClaimedJob {
    fileprivate convenience init?(id: JobID?, attempt: Int, attemptsBeforeRestart: Int) {
        guard let id else { return nil }
        self.init(
            id: id,
            type: "note",
            payload: [],
            token: 1,
            attempt: attempt,
            attemptsBeforeRestart: attemptsBeforeRestart,
            startedAt: Date(timeIntervalSince1970: 1),
            waited: .zero,
            enqueuedAt: Date(milliseconds: 0),
            schedule: nil,
            slot: nil,
            options: JobOptions()
        )
    }
}
