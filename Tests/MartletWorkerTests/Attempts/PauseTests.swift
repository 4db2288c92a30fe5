import Martlet
import MartletWorker
import RedisClient
import Testing

/// A paused queue: nothing starts, nobody polls, and all goes on at once.
///
/// The fallback looks every five seconds, so what happens within four was woken.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct PauseTests {
    @Test func `nothing of a paused queue starts while running jobs go on, and all starts when it is resumed`()
        async throws
    {
        try await withTestBed { bed in
            let gate = Gate()
            let ada = try Operator("ada")
            try await bed.working(.note { note, _ in if note.text == "long" { try await gate.wait() } }, .woken(3)) {
                _ in
                let long = try await bed.jobs.enqueue(Note(text: "long")).id
                try await bed.wait(for: long, .running)
                _ = try await bed.inspector.pause(queue: "default", by: ada)
                let ids = try await bed.jobs.enqueue((0..<50).map { Note(number: $0) }).map(\.id)
                let due = try await bed.jobs.enqueue(Note(), start: .after(.milliseconds(50))).id
                gate.open()
                try await bed.finished(long)
                try await bed.wait(for: due, .waiting)
                #expect(try await bed.inspector.counts(queue: "default")[.waiting] == 51)
                try await bed.idle(1)
                _ = try await bed.inspector.resume(queue: "default", by: ada)
                try await bed.wait(for: 52, .successful)
                #expect(try await bed.record(ids[49]).state == .successful)
            }
        }
    }

    @Test func `workers at a paused queue full of jobs ask next to nothing of Redis`() async throws {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in }, .woken()) { _ in
                _ = try await bed.inspector.pause(queue: "default", by: Operator("ada"))
                try await bed.jobs.enqueue((0..<200).map { Note(number: $0) })
                try await bed.jobs.enqueue(Note(), start: .after(.seconds(60)))
                try await bed.idle(1)
                let before = try await claims(bed)
                try await Task.sleep(for: .milliseconds(1500))  // a rate needs a time
                #expect(try await claims(bed) - before <= 2)
                _ = try await bed.inspector.resume(queue: "default", by: Operator("ada"))
                try await bed.wait(for: 200, .successful)
            }
        }
    }

    private func claims(_ bed: TestBed) async throws -> Int {
        let info = try await bed.redis.send(RedisCommand("INFO", ["commandstats"])).string ?? ""
        let lines = info.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("cmdstat_eval") }
        return lines.compactMap { $0.firstMatch(of: /calls=(\d+)/).flatMap { Int($0.output.1) } }.reduce(0, +)
    }
}
