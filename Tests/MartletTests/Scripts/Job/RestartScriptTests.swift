import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct RestartScriptTests {
        @Test(arguments: [JobEnding.Outcome.successful, .error, .cancelled])
        func `a finished job waits again, as new but for its attempts and log`(
            outcome: JobEnding.Outcome
        ) async throws {
            try await withQueue { queue in
                let job = try await queue.running(JobOptions(priority: 2, retention: .seconds(60)))
                _ = try await queue.log(job, ["{}"], progress: "{}")
                _ = try await queue.operating.cancel(job.id)
                _ = try await queue.finish(job, outcome, report: .warning, error: "no")
                try await queue.answerDoorbell()
                let now = try await queue.clock.advance(by: .seconds(5)).milliseconds
                try await queue.operating.restart(job.id)

                let hash = try await queue.hash(job.id)
                #expect((hash["state"], hash["attempts_before_restart"]) == ("waiting", "1"))
                for field in ["finished_at", "error", "warning", "crashes", "cancel_requested_at", "progress"] {
                    #expect(hash[field] == nil, "\(field)")
                }
                #expect(hash["due_at"] == "\(now)", "what it waits is counted from here on")
                #expect(try await queue.score(job.id, in: .waiting) == now - 2 * 10_000_000_000_000)
                #expect(try await queue.rings() == 1)

                let next = try await queue.claimOne()
                #expect((next.attempt, next.attemptsBeforeRestart) == (2, 1))
                #expect(next.token > job.token)
                #expect(try await queue.logLines(job.id) == ["{}"])
            }
        }

        @Test func `a job that has not finished is refused, so a second call does nothing`() async throws {
            try await withQueue { queue in
                let scheduled = try await queue.enqueue("s", start: .after(.seconds(60)))
                let running = try await queue.running()
                let ended = try await queue.running()
                _ = try await queue.finish(ended)
                try await queue.operating.restart(ended.id)
                for id in [scheduled, running.id, ended.id] {
                    try await queue.expectUnchanged {
                        let error = await #expect(throws: JobError.self) { try await queue.operating.restart(id) }
                        #expect(error?.code == .refused)
                    }
                }
            }
        }

        @Test func `a job that crashed out has all its crashes again`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a")
                for round in 1...2 {
                    for crash in 1...3 {
                        #expect(try await queue.claimOne().attempt == 3 * (round - 1) + crash)
                        try await queue.clock.advance(by: .seconds(30))
                    }
                    #expect(try await queue.claim(1).jobs.isEmpty)
                    #expect(try await queue.hash(id)["state"] == "error")
                    try await queue.operating.restart(id)
                }
            }
        }

        @Test func `the lease of the round before is stale`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.finish(job)
                try await queue.operating.restart(job.id)
                try await queue.expectStale(job)
                _ = try await queue.claimOne()
                try await queue.expectStale(job)
            }
        }

        @Test func `a job that is not there is not found`() async throws {
            try await withQueue { queue in
                let error = await #expect(throws: JobError.self) { try await queue.operating.restart(queue.id("none")) }
                #expect(error?.code == .notFound)
            }
        }
    }
}
