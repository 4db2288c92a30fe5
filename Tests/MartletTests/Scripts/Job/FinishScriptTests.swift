import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct FinishScriptTests {
        @Test(
            arguments: [
                (JobEnding.Outcome.successful, nil, JobState.successful), (.successful, .warning, .warning),
                (.successful, .error, .error), (.error, nil, .error), (.error, .warning, .error),
                (.cancelled, nil, .cancelled), (.cancelled, .error, .cancelled),
            ] as [(JobEnding.Outcome, SelfReport?, JobState)]
        )
        func `outcome and self-report make the state`(
            outcome: JobEnding.Outcome,
            report: SelfReport?,
            state: JobState
        ) async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let now = try await queue.clock.advance(by: .seconds(1)).milliseconds
                #expect(try await queue.finish(job, outcome, report: report, error: "no route") == .done(state))
                let hash = try await queue.hash(job.id)
                #expect(hash["state"] == state.rawValue)
                #expect(hash["finished_at"] == "\(now)")
                #expect(hash[state == .warning ? "warning" : "error"] == "no route")
                #expect(hash[state == .warning ? "error" : "warning"] == nil)
                #expect(try await queue.members(.running) == [])
                #expect(try await queue.score(job.id, in: state) == now)
            }
        }

        @Test func `finished twice is finished once, also with another outcome`() async throws {
            try await withQueue { queue in
                let job = try await queue.running(JobOptions(retention: .seconds(9)))
                #expect(try await queue.finish(job) == .done(.successful))
                try await queue.clock.advance(by: .seconds(1))
                try await queue.expectUnchanged([.already, .already]) {
                    [try await queue.finish(job), try await queue.finish(job, .error, error: "late")]
                }
            }
        }

        @Test func `a job named twice in one call ends once`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let replies = try await queue.working.finish(
                    [
                        JobEnding(job, .successful, report: nil),
                        JobEnding(job, .error, report: nil, error: "no"),
                    ],
                    queue: queue.name
                )
                #expect(replies == [.done(.successful), .already])
                #expect(try await queue.hash(job.id)["error"] == nil)
            }
        }

        @Test func `a stale lease ends nothing`() async throws {
            try await withQueue { queue in try await queue.expectStale(try await queue.stale()) }
        }

        @Test func `many jobs end in one call, each with its own answer`() async throws {
            try await withQueue { queue in
                let stale = try await queue.stale()
                for _ in 0..<300 { try await queue.enqueue() }
                let jobs = try await queue.claim(300).jobs
                var endings = [JobEnding(stale, .error, report: nil)]
                for (number, job) in jobs.enumerated() {
                    endings.append(JobEnding(job, number % 3 == 0 ? .error : .successful, report: nil))
                }
                let replies = try await queue.working.finish(endings, queue: queue.name)
                #expect(replies.first == .stale)
                #expect(replies.count { $0 == .done(.error) } == 100)
                #expect(replies.count { $0 == .done(.successful) } == 200)
                #expect(try await queue.members(.successful).count == 200)
            }
        }

        @Test func `a job that does not run can't be finished`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("waits")
                try await queue.enqueue("later", start: .after(.seconds(9)))
                let retried = try await queue.running(JobOptions(priority: 1))
                _ = try await queue.retry(retried)
                try await queue.expectUnchanged {
                    for (id, token) in [("waits", ""), ("waits", "0"), ("later", "1"), ("none", "1"), ("", "")] {
                        let reply = try await queue.run(
                            .finish,
                            [RedisArgument(id), RedisArgument(token), "successful", "", ""]
                        )
                        let word = reply.last?.string
                        #expect(word == "stale" || word == "gone", "\(id)")
                    }
                    let reply = try await queue.finish(retried)
                    #expect(reply == .stale)
                }
            }
        }

        @Test func `nothing is kept of a job that asked for that`() async throws {
            try await withQueue { queue in
                let job = try await queue.running(JobOptions(retention: .zero, object: "disk/1"))
                #expect(try await queue.log(job, ["{}"]))
                try await queue.answerDoorbell()
                #expect(try await queue.finish(job, .successful, report: .warning) == .done(.warning))
                try await queue.expectNoJob()
            }
        }

        @Test func `a job with a retention of its own expires, one without does not`() async throws {
            try await withQueue { queue in
                let brief = try await queue.running(JobOptions(retention: .seconds(9)))
                let plain = try await queue.running()
                _ = try await queue.finish(brief)
                _ = try await queue.finish(plain)
                let now = try await queue.clock.now().milliseconds
                let expiring = try await queue.send("ZRANGE", queue.root + ":expiring", "0", "-1", "WITHSCORES")
                #expect(expiring.pairs == [brief.id.local: "\(now + 9000)"])
            }
        }

        @Test func `a cancel that was asked for does not undo a success`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.operating.cancel(job.id)
                #expect(try await queue.finish(job) == .done(.successful))
            }
        }
    }
}
