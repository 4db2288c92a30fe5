import Martlet
import MartletTesting
import Testing

@testable import MartletWorker

/// One attempt as a value: every moment is given, nothing runs.
@Suite struct AttemptStateTests {
    private static let start = ContinuousClock.now
    private static let lease = Duration.seconds(30)
    private static let grace = Duration.seconds(10)

    private var claimed: AttemptState { AttemptState(claimedAt: Self.start, timeLimit: .seconds(60)) }
    private var running: AttemptState {
        var attempt = claimed
        _ = attempt.begin(Self.start)
        return attempt
    }

    private func look(_ attempt: inout AttemptState, after seconds: Int, isBlocked: Bool = false) -> AttemptState.Action
    {
        attempt.look(Self.start + .seconds(seconds), lease: Self.lease, isBlocked: isBlocked, grace: Self.grace)
    }

    @Test func `an attempt that nobody stops begins, runs and ends`() {
        var attempt = claimed
        #expect(!attempt.hasBegun)
        #expect(attempt.begin(Self.start) == true)
        #expect(attempt.deadline == Self.start + .seconds(60))
        #expect(look(&attempt, after: 59) == .none)
        #expect(attempt.end() == true)
        #expect(attempt.phase == .ended(nil, hasBegun: true))
    }

    @Test func `a handler is cancelled at its time limit, and given up when the grace is over`() {
        var attempt = running
        #expect(look(&attempt, after: 60) == .cancelHandler)
        #expect(attempt.stop == .timeLimit)
        #expect(attempt.deadline == nil)
        #expect(look(&attempt, after: 69) == .none)
        #expect(look(&attempt, after: 70) == .giveUp)
        #expect(look(&attempt, after: 90) == .none)
        #expect(attempt.end() == false, "nobody waits for it any more")
        #expect(attempt.phase == .ended(.timeLimit, hasBegun: true))
    }

    @Test func `a handler may say how long it may run`() {
        var attempt = running
        attempt.limit(to: .seconds(5))
        #expect(look(&attempt, after: 4) == .none)
        #expect(look(&attempt, after: 5) == .cancelHandler)
    }

    @Test(arguments: [AttemptState.Stop.cancelled, .leaseLost, .shutdown])
    func `what is stopped before it began is never begun, and given up at once`(stop: AttemptState.Stop) {
        var attempt = claimed
        #expect(attempt.stop(stop, Self.start) == .cancelHandler)
        #expect(attempt.begin(Self.start) == false)
        var other = attempt
        #expect(look(&attempt, after: 0) == .giveUp)
        #expect(!attempt.hasBegun)
        #expect(other.end() == true, "its task came first: it is the one that writes the end")
        #expect(other.stop == stop)
    }

    @Test func `what gets no thread for a whole lease is given up, if there is none to be had`() {
        var attempt = claimed
        #expect(look(&attempt, after: 31) == .none)
        #expect(look(&attempt, after: 29, isBlocked: true) == .none)
        #expect(look(&attempt, after: 30, isBlocked: true) == .giveUp)
        #expect(attempt.stop == .noThread)
    }

    @Test func `the first reason stands`() {
        var attempt = running
        #expect(attempt.stop(.cancelled, Self.start) == .cancelHandler)
        #expect(attempt.stop(.leaseLost, Self.start) == .none)
        #expect(attempt.stop == .cancelled)
    }

    @Test func `what has ended can't be stopped, begun or given up`() {
        var attempt = running
        #expect(attempt.end() == true)
        #expect(attempt.stop(.leaseLost, Self.start) == .none)
        #expect(look(&attempt, after: 600, isBlocked: true) == .none)
        #expect(attempt.begin(Self.start) == false)
        #expect(attempt.stop == nil)
    }

    @Test func `the worst report stands, with what was said with it first`() {
        var attempt = running
        attempt.note(.warning, "odd")
        attempt.note(.warning, "odder")
        #expect(attempt.report?.text == "odd")
        attempt.note(.error, "bad")
        attempt.note(.warning, "odd again")
        #expect(attempt.report?.kind == .error)
        #expect(attempt.report?.text == "bad")
    }

    @Test func `of an attempt that is over nothing is heard`() {
        var ended = running
        _ = ended.end()
        ended.note(.error, "too late")
        #expect(ended.report == nil)
        var givenUp = claimed
        _ = givenUp.stop(.shutdown, Self.start)
        _ = look(&givenUp, after: 0)
        givenUp.note(.error, "too late")
        #expect(givenUp.report == nil)
    }

    @Test func `after every sequence of calls an attempt ends once, and is not both given up and awaited`() {
        var random = SplitMix64(seed: 11)
        for _ in 0..<2000 {
            var attempt = claimed
            var now = 0
            var (begun, writers) = (0, 0)
            for _ in 0..<12 {
                now += Int.random(in: 0...20, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: begun += attempt.begin(Self.start + .seconds(now)) ? 1 : 0
                case 1: _ = attempt.stop(.cancelled, Self.start + .seconds(now))
                case 2: writers += look(&attempt, after: now, isBlocked: .random(using: &random)) == .giveUp ? 1 : 0
                default:
                    if case .ended = attempt.phase { break }
                    writers += attempt.end() ? 1 : 0
                }
            }
            if case .ended = attempt.phase {} else { writers += attempt.end() ? 1 : 0 }
            #expect(begun <= 1)
            #expect(writers == 1)
        }
    }
}
