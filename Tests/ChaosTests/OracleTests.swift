import Martlet
import Testing

@testable import MartletChaos

/// Runs that are made up: a journal, what a worker wrote down, and what Redis holds in the end.
@Suite struct OracleTests {
    @Test func `a job that ran once and succeeded is as it should be`() {
        #expect(Case().violations.isEmpty)
    }

    @Test func `I1: a job that was taken in and is not there`() {
        var run = Case()
        run.events.append(.call("j2", 0, "enqueue", "waiting"))
        #expect(run.violations == ["I1"])
    }

    @Test func `I1: a change that leaves a job in two sets`() {
        var run = Case()
        run.journal[2].removeAll { $0.hasPrefix("ZREM") }
        #expect(run.violations.contains("I1"))
    }

    @Test func `I1: a job that did not end`() {
        var run = Case()
        run.journal.removeLast()
        run.events.removeLast(2)
        run.snapshot = Snapshot(sets: [.running: ["j1"]], hashes: ["j1": ["state": "running"]])
        #expect(run.violations == ["I1"])
    }

    @Test func `I2: an end that nobody asked for`() {
        var run = Case()
        run.events.removeAll { $0.what == "finish" }
        #expect(run.violations == ["I2"])
    }

    @Test func `a job that was pruned and enqueued once more is another job`() {
        var run = Case()
        run.journal.append(["UNLINK Q:job:j1 Q:log:j1", "ZREM Q:successful j1"])
        run.journal += run.journal[..<3].map { $0.map { $0.replacing("token 1", with: "token 2") } }
        #expect(run.violations.isEmpty)
    }

    @Test func `work that goes on after an outage is timed from the end of the last one before it`() {
        var stories = Stories()
        for (time, what) in [(10, "kill redis"), (20, "redis is back"), (20, "kill redis"), (9000, "redis is back")] {
            stories.add(HistoryEvent(time: Int64(time), kind: .fault, what: what), from: "harness")
        }
        stories.add(HistoryEvent(time: 9100, kind: .claimed, job: "j1", token: 1, attempt: 1), from: "worker-0")
        #expect(stories.resumptions == [100])
    }

    @Test func `I2: a second end`() {
        var run = Case()
        run.journal.append(["HSET Q:job:j1 state error", "ZREM Q:successful j1", "ZADD Q:error 9 j1"])
        run.snapshot = Snapshot(sets: [.error: ["j1"]], hashes: ["j1": ["state": "error"]])
        #expect(run.violations.contains("I2"))
    }

    @Test func `I2: an end that is refused when it is sent again`() {
        var run = Case()
        run.events.append(.call("j1", 1, "finish", "stale"))
        #expect(run.violations == ["I2"])
    }

    @Test func `I3: a claim under the token of the last one`() {
        var run = Case()
        run.journal.insert(
            contentsOf: [
                ["HSET Q:job:j1 state scheduled error x", "ZREM Q:running j1", "ZADD Q:scheduled 3 j1"],
                ["HSET Q:job:j1 state waiting", "ZREM Q:scheduled j1", "ZADD Q:waiting 3 j1"],
                ["HSET Q:job:j1 state running attempt 2 token 1", "ZREM Q:waiting j1", "ZADD Q:running 4 j1"],
            ],
            at: 2
        )
        run.events.append(.call("j1", 1, "retry", "invoked"))
        #expect(run.violations.contains("I3"))
    }

    @Test func `I4: a run with a token that was given out once before`() {
        var run = Case()
        run.events.append(HistoryEvent(time: 9, kind: .run, job: "j1", token: 1, attempt: 1))
        #expect(run.violations.contains("I4"))
    }

    @Test func `I4: a lost lease that does not count`() {
        var run = Case()
        run.journal.insert(
            [
                "HSET Q:job:j1 crashes 1", "HDEL Q:job:j1 token", "HSET Q:job:j1 state waiting attempt 0",
                "ZREM Q:running j1", "ZADD Q:waiting 3 j1",
            ],
            at: 2
        )
        #expect(run.violations.contains("I4"))
    }

    @Test func `I5: a line of a token that holds the job no more`() {
        var run = Case()
        run.journal.append(["RPUSH Q:log:j1 token·1·line·1"])
        run.snapshot.logs["j1"] = 0
        #expect(run.violations == ["I5"])
    }

    @Test func `I7: a log that was left behind, and an object that lists too much`() {
        var run = Case()
        run.snapshot.logs["j9"] = 10
        run.snapshot.objects = [("thing/1", "j1")]
        #expect(run.violations == ["I7", "I7"])
    }
}

/// One plain job that runs once.
///
/// Commands are words; `·` stands for a space within one, `Q` for the queue's root.
private struct Case {
    var journal: [[String]] = [
        ["HSET Q:job:j1 type chaos payload {\"kind\":\"plain\"} state waiting", "ZADD Q:waiting 1 j1"],
        ["HSET Q:job:j1 state running attempt 1 token 1", "ZREM Q:waiting j1", "ZADD Q:running 2 j1"],
        ["HSET Q:job:j1 state successful", "ZREM Q:running j1", "ZADD Q:successful 5 j1"],
    ]
    var events: [HistoryEvent] = [
        .call("j1", 0, "enqueue", "invoked"),
        .call("j1", 0, "enqueue", "waiting"),
        HistoryEvent(time: 2, kind: .claimed, job: "j1", token: 1, attempt: 1),
        HistoryEvent(time: 3, kind: .run, job: "j1", token: 1, attempt: 1),
        HistoryEvent(time: 4, kind: .ran, job: "j1", token: 1, attempt: 1, word: "returned"),
        .call("j1", 1, "finish", "invoked"),
        .call("j1", 1, "finish", "successful"),
    ]
    var snapshot = Snapshot(sets: [.successful: ["j1"]], hashes: ["j1": ["state": "successful"]])

    /// The names of the promises that the oracle says were not kept.
    var violations: [String] {
        var stories = Stories()
        for event in events { stories.add(event, from: "worker-0") }
        var model = ServerModel()
        for transaction in journal {
            for command in [["MULTI"]] + transaction.map(words) + [["EXEC"]] {
                model.apply(command.map { Array($0.utf8)[...] })
            }
        }
        let oracle = Oracle(stories: stories, model: model, snapshot: snapshot, isFaultFree: false)
        return oracle.violations().map(\.invariant.rawValue)
    }

    private func words(_ command: String) -> [String] {
        command.split(separator: " ").map {
            String($0).replacing("·", with: " ").replacing("Q:", with: "chaos:{chaos}:", maxReplacements: 1)
        }
    }
}

extension HistoryEvent {
    fileprivate static func call(_ job: String, _ token: Int, _ script: String, _ word: String) -> HistoryEvent {
        HistoryEvent(time: 1, kind: .call, job: job, token: token, what: script, word: word)
    }
}
