import Martlet
import MartletWorker
import RedisClient
import Testing

/// Idle workers are woken.
///
/// The fallback looks every five seconds, so what happens within four was woken.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct DoorbellTests {
    @Test func `a job for an idle worker starts without delay, time and again`() async throws {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in }, .woken()) { _ in
                for _ in 0..<10 {
                    try await bed.idle(1)
                    let id = try await bed.jobs.enqueue(Note()).id
                    try await bed.finished(id)
                }
            }
        }
    }

    @Test func `scheduled jobs start when they are due and never before, by Redis's clock`() async throws {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in }, .woken(3)) { _ in
                try await bed.idle(1)
                var ids: [JobID] = []
                for delay in stride(from: 400, through: 10, by: -30) {
                    ids.append(try await bed.jobs.enqueue(Note(), start: .after(.milliseconds(delay))).id)
                }
                for id in ids {
                    let job = try await bed.finished(id)
                    let late = try #require(job.startedAt).duration(since: try #require(job.dueAt)).milliseconds
                    #expect(late >= 0, "\(-late) ms early")
                }
            }
        }
    }

    @Test func `a burst wakes both of two idle workers`() async throws {
        try await withTestBed { bed in
            let handlers = JobHandlers.note { _, _ in try await Task.sleep(for: .milliseconds(5)) }
            try await bed.working(handlers, .woken(4)) { first in
                try await bed.working(handlers, .woken(4)) { second in
                    try await bed.idle(2)
                    let ids = try await bed.jobs.enqueue((0..<200).map { Note(number: $0) }).map(\.id)
                    try await bed.wait(for: 200, .successful, within: .seconds(60))
                    var workers: Set<String> = []
                    for id in ids {
                        workers.insert(try #require(try await bed.record(id).worker))
                    }
                    #expect(workers == [first.id, second.id])
                }
            }
        }
    }

    @Test func `a full worker passes the ring on to an idle one`() async throws {
        try await withTestBed { bed in
            let gate = Gate()
            let handlers = JobHandlers.note { note, _ in
                if note.text == "long" { try await gate.wait() }
            }
            try await bed.working(handlers, .woken(1)) { first in
                // Taken by its timer, so it is still first in line for the next ring.
                try await bed.idle(1)
                let long = try await bed.jobs.enqueue(Note(text: "long"), start: .after(.milliseconds(200))).id
                try await bed.wait(for: long, .running)
                try await bed.working(handlers, .woken(1)) { second in
                    try await bed.idle(2)
                    let job = try await bed.finished(try await bed.jobs.enqueue(Note()).id)
                    #expect(job.worker == second.id)
                    gate.open()
                }
                _ = first
            }
        }
    }

    @Test func `a ring for one queue reaches another worker when the place went to a job of a second queue`()
        async throws
    {
        try await withTestBed { bed in
            let gate = Gate()
            let handlers = JobHandlers.note { note, _ in
                if note.text == "long" { try await gate.wait() }
            }
            var both = WorkerConfiguration.woken(1)
            both.queues = .strict(["aa", "zz"])
            var one = WorkerConfiguration.woken(1)
            one.queues = ["zz"]
            try await bed.working(handlers, both) { first in
                // It is first in line for the ring.
                try await bed.idle(1)
                try await bed.working(handlers, one) { second in
                    try await bed.idle(2)
                    for queue in ["aa", "zz"] { try await bed.jobs.register(queue) }
                    // Both queues get their jobs before anybody hears of it.
                    _ = try await bed.redis.send(RedisCommand("CLIENT", ["PAUSE", "300", "WRITE"]))
                    let jobs = try await bed.jobs.enqueue([
                        NewJob(Note(text: "short"), options: JobOptions(queue: "zz")),
                        NewJob(Note(text: "long"), options: JobOptions(queue: "aa")),
                        NewJob(Note(text: "long"), options: JobOptions(queue: "aa")),
                    ])
                    try await bed.finished(jobs[0].id)
                    gate.open()
                    _ = (first, second)
                }
            }
        }
    }

    @Test func `a job that comes while the worker is full starts when a place is free`() async throws {
        try await withTestBed { bed in
            let gate = Gate()
            try await bed.working(.note { note, _ in if note.text == "long" { try await gate.wait() } }, .woken(1)) {
                _ in
                let long = try await bed.jobs.enqueue(Note(text: "long")).id
                try await bed.wait(for: long, .running)
                let next = try await bed.jobs.enqueue(Note()).id
                gate.open()
                try await bed.finished(next)
            }
        }
    }

    @Test func `a job whose ring was lost is found with the next look at an empty queue`() async throws {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in }) { _ in
                try await bed.idle(1)
                let other = try await bed.jobs.enqueue(Note(), options: JobOptions(queue: "elsewhere")).id
                let id = try JobID(queue: "default", local: other.local)
                for (from, to) in [
                    (bed.keys.job(other), bed.keys.job(id)),
                    (bed.keys.state(.waiting, of: "elsewhere"), bed.keys.state(.waiting, of: "default")),
                ] {
                    _ = try await bed.redis.send(RedisCommand("RENAME", [RedisArgument(from), RedisArgument(to)]))
                }
                #expect(try await bed.finished(id).state == .successful)
            }
        }
    }

    @Test func `an idle worker asks next to nothing of Redis`() async throws {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in }) { _ in
                try await bed.idle(1)
                try await bed.finished(try await bed.jobs.enqueue(Note()).id)
                try await bed.idle(1)
                let before = try await commands(bed)
                let start = ContinuousClock.now
                try await Task.sleep(for: .milliseconds(1500))
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let rate = Double(try await commands(bed) - before) / seconds
                #expect(rate < 5, "\(rate) commands a second")
            }
        }
    }

    private func commands(_ bed: TestBed) async throws -> Int {
        let info = try await bed.redis.send(RedisCommand("INFO", ["stats"])).string ?? ""
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("total_commands_processed:") }
        return Int(try #require(line).split(separator: ":")[1]) ?? 0
    }
}
