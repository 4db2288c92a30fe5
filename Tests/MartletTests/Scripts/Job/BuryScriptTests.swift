import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

extension RedisTests {
    /// running → waiting, error or cancelled, when a supervisor saw the worker die, and the fate of suspects.
    @Suite struct BuryScriptTests {
        @Test func `the jobs of a dead worker are taken back before their leases run out`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let other = try await queue.enqueue("other")
                _ = try await queue.claimOne(worker: "bob")
                #expect(try await queue.bury([job.id, other], alone: false) == 1)
                #expect(try await queue.members(.waiting) == [job.id.local])
                #expect(try await queue.members(.running) == ["other"])
                #expect(try await queue.rings() == 1)
                let hash = try await queue.hash(job.id)
                #expect((hash["crashes"], hash["attempt"], hash["suspect"]) == ("1", "0", "1"))
                try await queue.expectStale(job)
                let end = try #require(try await queue.inspector.attempts(job.id).first)
                #expect((end.end, end.worker, end.error) == (.leaseLost, "ada", "worker process killed by SIGSEGV"))
                let line = LogEntry(try #require(try await queue.logLines(job.id).first))
                #expect(
                    line.message
                        == "worker process killed by SIGSEGV (crash 1 of 3, other jobs ran too: runs alone next)"
                )
                try await queue.expectUnchanged(0) {
                    try await queue.bury([job.id], alone: false)
                }
            }
        }

        @Test func `the jobs of a worker are found among all that run`() async throws {
            try await withQueue { queue in
                for name in ["a", "b", "c"] { try await queue.enqueue(name) }
                _ = try await queue.claim(1, worker: "bob")
                let held = try await queue.claim(5).jobs.map(\.id)
                #expect(
                    try await queue.working.running(of: "ada", queue: queue.name).sorted { $0.local < $1.local } == held
                )
                #expect(try await queue.working.running(of: "cy", queue: queue.name).isEmpty)
            }
        }

        @Test func `an idle worker gets one suspect and nothing else, and one that is busy gets none`() async throws {
            try await withQueue { queue in
                for name in ["a", "b"] { try await queue.enqueue(name) }
                let jobs = try await queue.claim(5).jobs
                try await queue.enqueue("c")
                #expect(try await queue.bury(jobs.map(\.id), alone: false) == 2)
                let busy = try await queue.claim(5, worker: "bob")
                #expect((busy.jobs.map(\.id.local), busy.seclusion) == (["c"], .none))
                let idle = try await queue.claim(5, worker: "cy", number: 7, isIdle: true)
                #expect((idle.jobs.map(\.id.local), idle.seclusion, idle.more) == (["a"], .alone, true))
                let again = try await queue.claim(5, worker: "cy", number: 7, again: true)
                #expect((again.jobs.map(\.id.local), again.seclusion) == (["a"], .alone))
                #expect(try await queue.hash(idle.jobs[0].id)["reason"] == nil)
            }
        }

        @Test func `a suspect that ends well gets its crash back, however it ends`() async throws {
            try await withQueue { queue in
                let ends: [(ClaimedJob) async throws -> LeaseReply] = [
                    { try await queue.finish($0) }, { try await queue.retry($0) },
                    { try await queue.working.snooze($0, for: .seconds(9)) }, { try await queue.release($0)[0] },
                ]
                for (number, end) in ends.enumerated() {
                    let id = try await queue.enqueue("job-\(number)")
                    _ = try await queue.claimOne()
                    try await queue.bury([id], alone: false)
                    let job = try #require(try await queue.claim(worker: "bob", isIdle: true).jobs.first)
                    #expect(job.id == id)
                    guard case .done(let state) = try await end(job) else {
                        Issue.record("\(number) was refused")
                        continue
                    }
                    let hash = try await queue.hash(id)
                    #expect((hash["crashes"], hash["suspect"], hash["state"]) == ("0", nil, state.rawValue))
                    if state == .waiting { _ = try await queue.operating.cancel(id) }
                }
            }
        }

        @Test func `a job that kills its worker alone ends in error at the limit, with the signal named`() async throws
        {
            try await withQueue { queue in
                let id = try await queue.enqueue("a", JobOptions(object: "o"))
                _ = try await queue.claimOne()
                try await queue.bury([id], alone: false)
                _ = try await queue.claim(worker: "bob", isIdle: true)
                try await queue.bury([id], worker: "bob", alone: true)
                #expect(try await queue.hash(id)["suspect"] == "0")
                _ = try await queue.claim(worker: "cy", isIdle: true)
                try await queue.bury([id], worker: "cy", alone: true)
                let hash = try await queue.hash(id)
                #expect((hash["state"], hash["crashes"]) == ("error", "3"))
                #expect(hash["error"] == "killed its worker 3 times: SIGSEGV, last worker cy")
                #expect(try await queue.logLines(id).count == 3)
            }
        }

        @Test func `a crash beside others ends no job, whatever the count`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a")
                _ = try await queue.claimOne()
                try await queue.bury([id], alone: false, crashLimit: 1)
                #expect(try await queue.hash(id)["state"] == "waiting")
                _ = try await queue.claim(worker: "bob", isIdle: true)
                try await queue.bury([id], worker: "bob", death: .exit(code: 70), alone: true, crashLimit: 1)
                #expect(try await queue.hash(id)["error"] == "killed its worker 2 times: exit code 70, last worker bob")
            }
        }

        @Test func `after five seconds one busy worker is asked to empty itself, as long as it goes on asking`()
            async throws
        {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.bury([job.id], alone: false)
                try await queue.enqueue("b")
                try await queue.clock.advance(by: .milliseconds(5000))
                let asked = try await queue.claim(5, worker: "bob")
                #expect((asked.jobs.count, asked.seclusion, asked.more) == (0, .wanted, true))
                #expect(try await queue.claim(0, worker: "bob").seclusion == .wanted)
                let other = try await queue.claim(5, worker: "cy")
                #expect((other.jobs.map(\.id.local), other.seclusion) == (["b"], .none))
                #expect(try await queue.claim(5, worker: "bob", isIdle: true).jobs.map(\.id) == [job.id])
                #expect(try await queue.claim(0, worker: "bob").seclusion == .none)
            }
        }

        @Test func `a suspect whose lease runs out stays one, and its crash counts`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.bury([job.id], alone: false)
                _ = try await queue.claim(worker: "bob", isIdle: true)
                try await queue.clock.advance(by: .seconds(30))
                #expect(try await queue.claim(5, worker: "cy").jobs.isEmpty)
                let hash = try await queue.hash(job.id)
                #expect((hash["state"], hash["crashes"], hash["suspect"]) == ("waiting", "2", "1"))
            }
        }

        @Test func `a suspect of an unknown type waits for a worker that knows it`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a", type: "sing")
                _ = try await queue.claim(types: ["sing"])
                try await queue.bury([id], alone: false)
                try await queue.clock.advance(by: .seconds(10))
                let ignorant = try await queue.claim(worker: "bob", isIdle: true)
                #expect((ignorant.jobs.count, ignorant.seclusion) == (0, .none))
                #expect(try await queue.claim(worker: "bob", types: ["sing"], isIdle: true).jobs.map(\.id) == [id])
            }
        }

        @Test func `a waiting suspect can be cancelled, and so can one that ran`() async throws {
            try await withQueue { queue in
                for name in ["a", "b"] { try await queue.enqueue(name) }
                let jobs = try await queue.claim(5).jobs
                _ = try await queue.operating.cancel(jobs[0].id)
                try await queue.bury(jobs.map(\.id), alone: false)
                #expect(try await queue.members(.cancelled) == ["a"])
                #expect(try await queue.operating.cancel(jobs[1].id) == .cancelled)
                #expect(try await queue.claim(5, isIdle: true).jobs.isEmpty)
            }
        }

        @Test func `a signal that is no name is refused`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.expectUnchanged {
                    for arguments in [["ada", "\"", ""], ["ada", "", "x"]] {
                        let rest = ["1", "3", job.id.local]
                        let reply = try await queue.run(.bury, (arguments + rest).map { RedisArgument($0) })
                        #expect(reply.first?.string == "invalid")
                    }
                }
            }
        }
    }
}

extension TestQueue {
    @discardableResult
    func bury(
        _ ids: [JobID],
        worker: String = "ada",
        death: ProcessDeath = .signal("SIGSEGV"),
        alone: Bool,
        crashLimit: Int = 3
    ) async throws -> Int {
        try await store.bury(ids, queue: name, worker: worker, death: death, alone: alone, crashLimit: crashLimit)
    }
}
