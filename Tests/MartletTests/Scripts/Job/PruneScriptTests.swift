import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct PruneScriptTests {
        /// Makes one job in each finished state, with a log and an object.
        private func finishOneEach(_ queue: TestQueue) async throws {
            for (outcome, report) in [
                (JobEnding.Outcome.successful, nil), (.successful, .warning), (.error, nil), (.cancelled, nil),
            ] as [(JobEnding.Outcome, SelfReport?)] {
                let job = try await queue.running(JobOptions(object: "disk/1"))
                _ = try await queue.log(job, ["{}"])
                _ = try await queue.finish(job, outcome, report: report)
            }
        }

        private func counts(_ queue: TestQueue) async throws -> [Int] {
            var counts: [Int] = []
            for state in [JobState.successful, .warning, .error, .cancelled] {
                counts.append(try await queue.members(state).count)
            }
            return counts
        }

        @Test func `a job goes when its state's age is reached and not before`() async throws {
            try await withQueue { queue in
                try await finishOneEach(queue)
                try await queue.clock.advance(by: .milliseconds(59_999))
                try await queue.expectUnchanged(0) {
                    try await queue.prune(successful: .seconds(60), others: .seconds(120))
                }
                try await queue.clock.advance(by: .milliseconds(1))
                #expect(try await queue.prune(successful: .seconds(60), others: .seconds(120)) == 1)
                #expect(try await counts(queue) == [0, 1, 1, 1])
                try await queue.clock.advance(by: .seconds(60))
                #expect(try await queue.prune(successful: .seconds(60), others: .seconds(120)) == 3)
                try await queue.expectNoJob()
                #expect(try await queue.prune(successful: .seconds(60), others: .seconds(120)) == 0)
            }
        }

        @Test func `over the number the oldest of each state go`() async throws {
            try await withQueue { queue in
                var ids: [String] = []
                for _ in 0..<5 {
                    let job = try await queue.running()
                    _ = try await queue.finish(job)
                    ids.append(job.id.local)
                    try await queue.clock.advance(by: .milliseconds(1))
                }
                #expect(try await queue.prune(maxJobs: 5) == 0)
                #expect(try await queue.prune(maxJobs: 3) == 2)
                #expect(try await queue.members(.successful) == Array(ids.suffix(3)))
            }
        }

        @Test func `a job that asked for less goes earlier`() async throws {
            try await withQueue { queue in
                let brief = try await queue.running(JobOptions(retention: .seconds(9), object: "o"))
                _ = try await queue.finish(brief, .error)
                try await queue.clock.advance(by: .milliseconds(8999))
                #expect(try await queue.prune() == 0)
                try await queue.clock.advance(by: .milliseconds(1))
                #expect(try await queue.prune() == 1)
                try await queue.expectNoJob()
            }
        }

        @Test func `a job that was restarted does not expire by its first end`() async throws {
            try await withQueue { queue in
                let job = try await queue.running(JobOptions(retention: .seconds(9)))
                _ = try await queue.finish(job)
                try await queue.operating.restart(job.id)
                try await queue.clock.advance(by: .seconds(60))
                #expect(try await queue.prune(successful: .zero, others: .zero, maxJobs: 0) == 0)
                #expect(try await queue.claimOne().id == job.id)
            }
        }

        @Test func `a call deletes no more than its limit, whichever rules they fall under`() async throws {
            try await withQueue { queue in
                for _ in 0..<20 { try await queue.enqueue(nil, JobOptions(retention: .seconds(5))) }
                for _ in 0..<10 { try await queue.enqueue() }
                for job in try await queue.claim(20).jobs { _ = try await queue.finish(job) }
                try await queue.clock.advance(by: .seconds(10))
                #expect(try await queue.prune(limit: 7) == 7)
                for job in try await queue.claim(10).jobs { _ = try await queue.finish(job, .error) }
                #expect(try await queue.prune(limit: 3, successful: .seconds(1), maxJobs: 0) == 3)
                #expect(try await queue.prune(limit: 500, successful: .seconds(1), maxJobs: 0) == 20)
            }
        }

        @Test func `what has not finished is never pruned`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("later", start: .after(.seconds(1)))
                try await queue.enqueue("waits", JobOptions(retention: .zero))
                _ = try await queue.running(JobOptions(priority: 1))
                try await queue.clock.advance(by: .seconds(1_000_000))
                try await queue.expectUnchanged(0) {
                    try await queue.prune(successful: .zero, others: .zero, maxJobs: 0)
                }
            }
        }

        @Test func `an entry whose hash somebody deleted goes too, and is not found again for ever`() async throws {
            try await withQueue { queue in
                let job = try await queue.running(JobOptions(retention: .seconds(5)))
                _ = try await queue.finish(job)
                _ = try await queue.send("DEL", queue.store.keys.job(job.id))
                try await queue.clock.advance(by: .seconds(10))
                _ = try await queue.prune(successful: .seconds(1))
                #expect(try await queue.prune(successful: .seconds(1)) == 0)
                try await queue.expectNoJob()
            }
        }
    }
}
