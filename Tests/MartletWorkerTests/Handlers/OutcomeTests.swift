import Logging
import Martlet
import MartletTesting
import MartletWorker
import RedisClient
import Testing

@Suite(.serialized, .timeLimit(.minutes(15)))
struct OutcomeTests {
    @Test func `a handler that returns makes its job successful`() async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome { _, _ in }
            #expect(job.state == .successful)
            #expect(job.attempt == 1)
            #expect(job.error == nil)
            #expect(try #require(job.finishedAt) >= (try #require(job.startedAt)))
        }
    }

    @Test(arguments: [Int.min, -1, .max])
    func `numbers in a hash that make no sense are no harm to the worker`(number: Int) async throws {
        try await withTestBed { bed in
            let id = try await bed.jobs.enqueue(Note()).id
            let fields = [
                "max_retries", "attempt", "attempts_before_restart", "time_limit_ms", "backoff_ms", "backoff_max_ms",
                "enqueued_at", "due_at",
            ]
            let key = RedisArgument(bed.keys.job(id))
            let values = fields.flatMap { [RedisArgument($0), RedisArgument(number)] }
            _ = try await bed.redis.send(RedisCommand("HSET", [key] + values))
            try await bed.working(.note { _, _ in throw JobSignal.cancel("done") }) { _ in
                let other = try await bed.jobs.enqueue(Note()).id
                #expect(try await bed.finished(other).state == .cancelled)
                try await eventually("it has left") { try await bed.record(id).state != .waiting }
            }
        }
    }

    @Test func `a job that warned of itself ends in Warning`() async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome { _, context in context.warning("the disk is 91 % full") }
            #expect(job.state == .warning)
            let line = try #require(try await bed.log(job.id).first)
            #expect(line.level == "warning")
            #expect(line.message == "the disk is 91 % full")
        }
    }

    @Test func `a job that reported an error of itself ends in Error and is not retried`() async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome { _, context in
                context.error("account 7 does not add up")
                context.warning("a later warning makes it no better")
            }
            #expect(job.state == .error)
            #expect(job.attempt == 1)
        }
    }

    @Test func `a job that throws is retried, and ends in Error with the last error`() async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome { _, context in throw Mishap("no answer in attempt \(context.attempt)") }
            #expect(job.state == .error)
            #expect(job.attempt == 3)
            #expect(job.error == "no answer in attempt 3")
            let lines = try await bed.log(job.id)
            #expect(lines.map(\.attempt) == [1, 2, 3])
            #expect(lines[0].message.hasPrefix("attempt 1 failed: no answer in attempt 1; retry 1 of 2 in "))
            #expect(lines[2].message == "attempt 3 failed: no answer in attempt 3")
        }
    }

    @Test func `a job that succeeds at the second attempt is successful`() async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome { _, context in
                if context.attempt == 1 { throw Mishap("not yet") }
            }
            #expect(job.state == .successful)
            #expect(job.attempt == 2)
        }
    }

    @Test(arguments: [SelfReport.warning, .error])
    func `a job that reported on itself and then throws is not retried`(report: SelfReport) async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome { _, context in
                if report == .warning { context.warning("hm") } else { context.error("oh") }
                throw Mishap("and then it failed")
            }
            #expect(job.state == .error)
            #expect(job.attempt == 1)
            #expect(job.error == "and then it failed")
        }
    }

    @Test func `a snoozed job comes back and has its attempt again`() async throws {
        try await withTestBed { bed in
            let runs = Tally()
            let job = try await bed.outcome { _, context in
                runs.add("attempt \(context.attempt)")
                if runs.count < 3 { throw JobSignal.snooze(for: .milliseconds(20)) }
            }
            #expect(job.state == .successful)
            #expect(runs.all == ["attempt 1", "attempt 1", "attempt 1"])
            #expect(job.attempt == 1)
        }
    }

    @Test func `a job that cancels itself is Cancelled`() async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome { _, _ in throw JobSignal.cancel("the user is gone") }
            #expect(job.state == .cancelled)
            #expect(job.error == "the user is gone")
            #expect(job.attempt == 1)
        }
    }

    @Test func `a job that says trying again is no use ends in Error at once`() async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome { _, _ in throw JobSignal.fail("no such address") }
            #expect(job.state == .error)
            #expect(job.error == "no such address")
            #expect(job.attempt == 1)
        }
    }

    @Test func `a long error is cut to 4 KiB`() async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome(JobOptions(maxRetries: 0)) { _, _ in
                throw Mishap(String(repeating: "é", count: 100_000))
            }
            #expect(try #require(job.error).utf8.count < 4200)
        }
    }

    @Test func `a payload that does not decode ends its job in Error at once, and is kept`() async throws {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in Issue.record("it ran") }) { _ in
                let new = try NewJob(type: "note", json: #"{"text":7}"#)
                let id = try #require(try await bed.jobs.enqueue([new]).first?.id)
                let job = try await bed.finished(id)
                #expect(job.state == .error)
                #expect(job.attempt == 1)
                #expect(try #require(job.error).hasPrefix("the payload is not a Note: "))
                #expect(job.payload == #"{"text":7}"#)
            }
        }
    }

    @Test func `a job of an unknown type waits with the reason while others run`() async throws {
        try await withTestBed { bed in
            let stranger = try #require(
                try await bed.jobs.enqueue([try NewJob(type: "stranger", json: "{}")]).first?.id
            )
            try await bed.working(.note { _, _ in }) { _ in
                try await bed.finished(try await bed.jobs.enqueue(Note()).id)
                let job = try await bed.record(stranger)
                #expect(job.state == .waiting)
                #expect(job.attempt == 0)
                #expect(try #require(job.reason).contains("no handler for stranger"))
            }
            var handlers = JobHandlers()
            handlers.add("stranger", options: JobOptions()) { _, _ in }
            try await bed.working(handlers) { _ in
                let job = try await bed.finished(stranger)
                #expect(job.state == .successful)
                #expect(job.reason == nil)
            }
        }
    }

    @Test func `while the second attempt runs, the lines of the first are there as its own`() async throws {
        try await withTestBed { bed in
            let gate = Gate()
            let handlers = JobHandlers.note { _, context in
                context.logger.info("line of attempt \(context.attempt)")
                if context.attempt == 1 { throw Mishap("once") }
                try await gate.wait()
            }
            try await bed.working(handlers) { _ in
                let id = try await bed.jobs.enqueue(Note(), options: .quick).id
                try await eventually("the second attempt has logged") {
                    try await bed.log(id).contains { $0.attempt == 2 }
                }
                let job = try await bed.record(id)
                #expect(job.state == .running)
                #expect(job.attempt == 2)
                #expect(job.status == "Running (retry 1 of 2)")
                let lines = try await bed.log(id)
                #expect(lines.filter { $0.attempt == 1 }.first?.message == "line of attempt 1")
                #expect(lines.filter { $0.attempt == 2 }.map(\.message) == ["line of attempt 2"])
                gate.open()
                try await bed.finished(id)
            }
        }
    }

    @Test func `attempts count on over a restart, which gives all retries back`() async throws {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in throw Mishap("always") }) { _ in
                let id = try await bed.jobs.enqueue(Note(), options: .quick).id
                #expect(try await bed.finished(id).attempt == 3)
                try await bed.inspector.restart(id, by: Operator("ada"))
                try await eventually("the second round is over") {
                    let job = try await bed.record(id)
                    return job.state == .error && job.attempt == 6
                }
            }
        }
    }
}
