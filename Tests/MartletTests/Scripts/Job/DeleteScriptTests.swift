import Martlet
import MartletTesting
import Testing

extension RedisTests {
    @Suite struct DeleteScriptTests {
        @Test func `a job goes with all that is kept of it, from any state but running`() async throws {
            try await withQueue { queue in
                let options = JobOptions(retention: .seconds(60), object: "disk/1")
                let ended = try await queue.running(options)
                _ = try await queue.log(ended, ["{}"])
                _ = try await queue.retry(ended)
                try await queue.clock.advance(by: .seconds(60))
                _ = try await queue.finish(try await queue.claimOne(), .error, error: "no")
                let waiting = try await queue.enqueue("waiting", options)
                let scheduled = try await queue.enqueue("scheduled", options, start: .after(.seconds(9)))
                let odd = try await queue.enqueue("odd", type: "odd", options)
                _ = try await queue.claim(0)
                _ = try await queue.claim(2)  // sets odd aside, takes waiting
                #expect(try await queue.hash(odd)["reason"] != nil)
                let refused = await #expect(throws: JobError.self) { try await queue.operating.delete(waiting) }
                #expect(refused?.code == .refused)
                #expect(refused?.message == "mail/waiting runs, on worker ada: cancel it first")
                for id in [ended.id, scheduled, odd] { try await queue.operating.delete(id) }
                let gone = await #expect(throws: JobError.self) { try await queue.operating.delete(odd) }
                #expect(gone?.code == .notFound)
                try await expectConsistent(queue)
                let keys = try await queue.snapshot().keys.filter { $0.contains(":job:") || $0.contains(":log:") }
                #expect(keys == [queue.store.keys.job(waiting)])
            }
        }

        @Test func `a suspect is deleted and no worker waits for it`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.working.bury(
                    [job.id],
                    queue: queue.name,
                    worker: "ada",
                    death: .signal("SIGKILL"),
                    alone: false,
                    crashLimit: 3
                )
                #expect(try await queue.hash(job.id)["suspect"] != nil)
                try await queue.operating.delete(job.id)
                #expect(try await queue.claim(isIdle: true).seclusion == .none)
            }
        }
    }
}
