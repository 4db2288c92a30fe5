import Martlet
import MartletTesting
import MartletWorker
import RedisClient
import Testing

/// Jobs that may have killed their worker: each runs alone.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct SuspectTests {
    @Test func `a worker under constant load makes room for suspects, runs each alone and then goes on`() async throws {
        try await withTestBed { bed in
            let suspects = try await bed.suspects(2)
            let (started, ended, company) = (Tally(), Tally(), Tally())
            let handlers = JobHandlers.note { note, _ in
                let isSuspect = note.text == "suspect"
                started.add("")
                if isSuspect { company.add("\(started.count - ended.count)") }
                try await Task.sleep(for: .milliseconds(isSuspect ? 200 : 20))
                if isSuspect { company.add("\(started.count - ended.count)") }
                ended.add("")
            }
            // Enough for minutes, and already running when the suspects come.
            let load = try await bed.jobs.enqueue((0..<30_000).map { Note(number: $0) }).map(\.id)
            let first = try await bed.jobs.enqueue(Note(), options: JobOptions(priority: 100)).id
            try await bed.working(handlers, .places(4)) { _ in
                try await bed.finished(first)
                try await bed.bury(suspects)
                for id in suspects {
                    let job = try await bed.finished(id, within: .seconds(60))
                    #expect((job.state, job.crashes, job.attempt) == (.successful, 0, 1))
                }
                #expect(company.all == ["1", "1", "1", "1"])
                #expect(try await bed.record(try #require(load.last)).state == .waiting)
                let done = try await bed.inspector.counts(queue: "default")[.successful] ?? 0
                try await eventually("it goes on") {
                    try await bed.inspector.counts(queue: "default")[.successful] ?? 0 >= done + 100
                }
            }
        }
    }

    @Test func `an idle worker takes suspects at once`() async throws {
        try await withTestBed { bed in
            let suspects = try await bed.suspects(3)
            try await bed.working(.note { _, _ in }, .woken(4)) { _ in
                try await bed.idle(1)
                try await bed.bury(suspects)
                for id in suspects { try await bed.finished(id) }
            }
        }
    }
}

extension TestBed {
    /// Jobs that a worker holds which is about to die.
    fileprivate func suspects(_ count: Int) async throws -> [JobID] {
        let ids = try await jobs.enqueue((0..<count).map { Note(text: "suspect", number: $0) }).map(\.id)
        let claim = try await working.store.claim(
            queue: "default",
            worker: "dead",
            limit: count,
            lease: .seconds(600),
            number: 1,
            again: false,
            crashLimit: 3,
            isIdle: false,
            types: ["note"]
        )
        #expect(claim.jobs.map(\.id) == ids)
        return ids
    }

    fileprivate func bury(_ ids: [JobID]) async throws {
        try await working.store.bury(
            ids,
            queue: "default",
            worker: "dead",
            death: .signal("SIGKILL"),
            alone: false,
            crashLimit: 3
        )
    }
}
