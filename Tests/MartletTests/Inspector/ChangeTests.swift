import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// Changes of many jobs.
    @Suite struct ChangeTests {
        @Test func `a change goes in batches, tells of each job, and is noted`() async throws {
            try await withQueue { queue in
                let ids = try await finished(250, queue) + [queue.id("none")]
                var sizes: [Int] = []
                let report = try await queue.inspector.change(
                    JobChangeRequest(.restart, ids, scope: "these", by: Operator("ada"))
                ) {
                    report,
                    results in
                    sizes.append(results.count)
                    #expect(report.left == 251 - sizes.reduce(0, +))
                    return true
                }
                #expect(sizes == [100, 100, 51])
                #expect((report.done, report.failed, report.missed, report.left) == (250, 0, 1, 0))
                #expect(try await queue.members(.waiting).count == 250)
                let entry = try #require(try await queue.inspector.audit().first)
                #expect((entry.by, entry.action, entry.scope) == ("ada", "job restart", "these"))
                #expect((entry.matched, entry.done, entry.failed) == (251, 250, 0))
            }
        }

        @Test func `it ends between two batches when it is told to`() async throws {
            try await withQueue { queue in
                let ids = try await finished(250, queue)
                let report = try await queue.inspector.change(JobChangeRequest(.delete, ids, by: Operator("ada"))) {
                    _,
                    _ in
                    false
                }
                #expect((report.done, report.left) == (100, 150))
                #expect(try await queue.members(.error).count == 150)
                #expect(try await queue.inspector.audit().first?.done == 100)
            }
        }

        @Test func `what is none of those meant any more is left alone`() async throws {
            try await withQueue { queue in
                let ids = try await finished(3, queue)
                var filter = JobFilter()
                filter.states = [.error]
                try await queue.operating.restart(ids[0])
                var results: [ChangeResult] = []
                let report = try await queue.inspector.change(
                    JobChangeRequest(.delete, ids, matching: filter, by: Operator("ada"))
                ) {
                    results += $1.map(\.result)
                    return true
                }
                #expect(results == [.changed, .deleted, .deleted])
                #expect((report.done, report.missed) == (2, 1))
                #expect(try await queue.members(.waiting) == [ids[0].local])
            }
        }

        @Test func `each change says what it can't be done to`() async throws {
            try await withQueue { queue in
                let ended = try await finished(1, queue)[0]
                let running = try await queue.running().id
                let waiting = try await queue.enqueue("waiting")
                let inspector = queue.inspector
                func results(_ change: JobChange) async throws -> [ChangeResult] {
                    var results: [ChangeResult] = []
                    let request = JobChangeRequest(change, [waiting, running, ended], by: try Operator("ada"))
                    _ = try await inspector.change(request) {
                        results = $1.map(\.result)
                        return true
                    }
                    return results
                }
                let restarted = try await results(.restart)
                #expect(restarted[2] == .restarted)
                guard case .refused(let first) = restarted[0], case .refused = restarted[1] else {
                    Issue.record("\(restarted)")
                    return
                }
                #expect(first.contains("mail/waiting has not finished"))
                #expect(try await results(.cancel) == [.cancelled, .requested(worker: "ada"), .cancelled])
                let deleted = try await results(.delete)
                #expect(deleted[0] == .deleted && deleted[2] == .deleted)
                #expect(deleted[1] == .refused("\(running) runs, on worker ada: cancel it first"))
            }
        }

        /// Jobs that ended in error.
        private func finished(_ count: Int, _ queue: TestQueue) async throws -> [JobID] {
            for _ in 0..<count { try await queue.enqueue() }
            let jobs = try await queue.claim(count).jobs
            let ends = jobs.map { JobEnding($0, .error, report: nil, error: "no") }
            _ = try await queue.working.finish(ends, queue: queue.name)
            return jobs.map(\.id)
        }
    }
}
