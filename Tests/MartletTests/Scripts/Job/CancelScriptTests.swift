import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct CancelScriptTests {
        @Test func `a job that has not started is cancelled at once`() async throws {
            try await withQueue { queue in
                let waiting = try await queue.enqueue("a")
                let scheduled = try await queue.enqueue("b", start: .after(.seconds(60)))
                let now = try await queue.clock.now().milliseconds
                for id in [waiting, scheduled] {
                    #expect(try await queue.operating.cancel(id) == .cancelled)
                    #expect(try await queue.hash(id)["state"] == "cancelled")
                    #expect(try await queue.hash(id)["finished_at"] == "\(now)")
                }
                #expect(try await queue.claim(5).jobs.isEmpty)
            }
        }

        @Test func `a running job is asked, and the first request counts`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let now = try await queue.clock.now().milliseconds
                #expect(try await queue.operating.cancel(job.id) == .requested(worker: "ada"))
                #expect(try await queue.hash(job.id)["cancel_requested_at"] == "\(now)")
                try await queue.clock.advance(by: .seconds(1))
                try await queue.expectUnchanged(.requested(worker: "ada")) {
                    try await queue.operating.cancel(job.id)
                }
            }
        }

        @Test func `a finished job stays as it is, also a cancelled one`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.finish(job, .error)
                let other = try await queue.enqueue()
                _ = try await queue.operating.cancel(other)
                try await queue.expectUnchanged([.finished(.error), .finished(.cancelled)]) {
                    [try await queue.operating.cancel(job.id), try await queue.operating.cancel(other)]
                }
            }
        }

        @Test func `cancelled where nothing is kept leaves nothing`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue(nil, JobOptions(retention: .zero, object: "o"))
                #expect(try await queue.operating.cancel(id) == .cancelled)
                try await queue.expectNoJob()
            }
        }

        @Test func `a job that is not there is not found`() async throws {
            try await withQueue { queue in
                let error = await #expect(throws: JobError.self) { try await queue.operating.cancel(queue.id("none")) }
                #expect(error?.code == .notFound)
                #expect(error?.message == "there is no job mail/none")
            }
        }
    }
}
