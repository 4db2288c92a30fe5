import Foundation
import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// From its deadline on no attempt of a job starts: a claim looks, and upkeep ends what waits beyond it.
    @Suite struct DeadlineTests {
        private static let soon = JobOptions(deadline: .after(.seconds(20)))

        @Test func `a job that waits at its deadline is cancelled by the next claim, with the reason`() async throws {
            try await withQueue { queue in
                let now = try await queue.clock.now().milliseconds
                let id = try await queue.enqueue("a", Self.soon)
                #expect(try await queue.deadlines() == ["a": now + 20_000])
                try await queue.clock.advance(by: .milliseconds(19_999))
                #expect(try await queue.claim(types: ["sing"]).jobs.isEmpty)
                #expect(try await queue.hash(id)["state"] == "waiting")
                try await queue.clock.advance(by: .milliseconds(1))
                #expect(try await queue.claim().jobs.isEmpty)
                let hash = try await queue.hash(id)
                #expect(hash["state"] == "cancelled" && hash["reason"] == nil)
                #expect(hash["error"] == "deadline passed: no attempt may start any more")
                #expect(try await queue.deadlines() == [:])
            }
        }

        @Test(arguments: [JobStart.now, .after(.seconds(5))])
        func `a job that is not in the list is not started after its deadline either`(start: JobStart) async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a", Self.soon, start: start)
                _ = try await queue.send("DEL", "\(queue.root):deadlines")
                try await queue.clock.advance(by: .seconds(20))
                #expect(try await queue.claim().jobs.isEmpty)
                #expect(try await queue.hash(id)["state"] == "cancelled")
            }
        }

        @Test func `a job whose last attempt failed ends in error at its deadline, with that error`() async throws {
            try await withQueue { queue in
                let job = try await queue.running(Self.soon)
                _ = try await queue.retry(job, after: .seconds(60), error: "no route")
                try await queue.clock.advance(by: .seconds(20))
                #expect(try await queue.claim().jobs.isEmpty)
                let hash = try await queue.hash(job.id)
                #expect(hash["state"] == "error")
                #expect(hash["error"] == "deadline passed: the last attempt failed: no route")
            }
        }

        @Test func `an attempt that runs at the deadline goes on, and ends as it likes`() async throws {
            try await withQueue { queue in
                let job = try await queue.running(Self.soon)
                #expect(try await queue.deadlines() == [:])
                try await queue.clock.advance(by: .seconds(25))
                #expect(try await queue.claim().jobs.isEmpty)
                #expect(try await queue.finish(job) == .done(.successful))
            }
        }

        @Test func `a paused queue, an unknown type and a suspect hold no deadline up`() async throws {
            try await withQueue { queue in
                let suspect = try await queue.running(Self.soon)
                try await queue.bury([suspect.id], alone: true)
                let unknown = try await queue.enqueue("unknown", type: "strange", Self.soon)
                let scheduled = try await queue.enqueue("later", Self.soon, start: .after(.seconds(10)))
                _ = try await queue.claim()
                _ = try await queue.operating.pause(queue: queue.name, by: Operator("ada"))
                try await queue.clock.advance(by: .seconds(20))
                #expect(try await queue.claim().jobs.isEmpty)
                for id in [suspect.id, unknown, scheduled] {
                    #expect(try await queue.hash(id)["state"] == "cancelled", "\(id)")
                }
                for list in ["unknown", "suspects", "deadlines"] {
                    #expect(try await queue.send("EXISTS", "\(queue.root):\(list)").int == 0, "\(list)")
                }
            }
        }

        @Test func `a claim ends at most a hundred, tells when to come again, and sleeps until the next deadline`()
            async throws
        {
            try await withQueue { queue in
                for number in 0..<130 { try await queue.enqueue("a\(number)", type: "strange", Self.soon) }
                try await queue.enqueue("last", type: "strange", JobOptions(deadline: .after(.seconds(50))))
                #expect(try await queue.claim(types: ["sing"]).next == .seconds(20))
                _ = try await queue.operating.pause(queue: queue.name, by: Operator("ada"))
                try await queue.clock.advance(by: .seconds(20))
                #expect(try await queue.claim(types: ["sing"]).next == .zero)
                #expect(try await queue.members(.cancelled).count == 100)
                #expect(try await queue.claim(types: ["sing"]).next == .seconds(30))
                #expect(try await queue.members(.cancelled).count == 130)
            }
        }

        @Test func `a claim takes the jobs that may start, past those that may not`() async throws {
            try await withQueue { queue in
                for number in 0..<150 { try await queue.enqueue("a\(number)", Self.soon) }
                try await queue.enqueue("good")
                try await queue.clock.advance(by: .seconds(30))
                var taken: [String] = []
                for _ in 0..<9 { taken += try await queue.claim(10).jobs.map(\.id.local) }
                #expect(taken == ["good"])
                #expect(try await queue.members(.cancelled).count == 150)
            }
        }

        /// The ways out of a state, and what each makes of the entry in the list.
        @Test(arguments: [
            ("retry", true), ("snooze", true), ("release", true), ("disclaim", true), ("crash", true), ("bury", true),
            ("finish", false), ("cancel", false), ("delete", false), ("fail", false),
        ])
        func `a job is listed as long as it waits with a deadline`(way: String, isListed: Bool) async throws {
            try await withQueue { queue in
                let deadline = try await queue.clock.now().milliseconds + 1_000_000
                try await queue.enqueue("a", JobOptions(deadline: .after(.seconds(1000))))
                let id = try queue.id("a")
                if way != "cancel" && way != "delete" {
                    let job = try #require(try await queue.claim(number: way == "disclaim" ? 77 : nil).jobs.first)
                    #expect(try await queue.deadlines() == [:])
                    switch way {
                    case "retry": _ = try await queue.retry(job)
                    case "snooze": _ = try await queue.working.snooze(job, for: .seconds(5))
                    case "release": _ = try await queue.release(job)
                    case "disclaim": _ = await queue.working.disclaim([(queue.name, 77)], worker: "ada")
                    case "bury": try await queue.bury([id], alone: true)
                    case "fail": _ = try await queue.finish(job, .error, error: "no")
                    case "finish": _ = try await queue.finish(job)
                    default:
                        try await queue.clock.advance(by: .seconds(31))
                        _ = try await queue.claim(types: ["sing"])
                    }
                } else if way == "cancel" {
                    _ = try await queue.operating.cancel(id)
                } else {
                    try await queue.operating.delete(id)
                }
                #expect(try await queue.deadlines() == (isListed ? ["a": deadline] : [:]))
            }
        }

        @Test func `a job whose deadline has passed is restarted with a new one only`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a", Self.soon)
                try await queue.clock.advance(by: .seconds(20))
                _ = try await queue.claim()
                try await queue.expectUnchanged {
                    let error = await #expect(throws: JobError.self) { try await queue.operating.restart(id) }
                    #expect(error?.code == .refused)
                    #expect(error?.message.contains("restart it with a new one") == true)
                }
                let past = JobDeadline.at(try await queue.clock.now())
                let error = await #expect(throws: JobError.self) {
                    try await queue.operating.restart(id, deadline: past)
                }
                #expect(error?.invalidValue?.field == "deadline")
                let now = try await queue.clock.now().milliseconds
                try await queue.operating.restart(id, deadline: .after(.seconds(9)))
                #expect(try await queue.deadlines() == ["a": now + 9000])
                #expect(try await queue.claimOne().id == id)
                #expect(try await queue.inspector.job(id)?.deadline?.milliseconds == now + 9000)
            }
        }

        @Test func `a job that is restarted before its deadline keeps it`() async throws {
            try await withQueue { queue in
                let job = try await queue.running(Self.soon)
                let deadline = try await queue.inspector.job(job.id)?.deadline?.milliseconds
                _ = try await queue.finish(job)
                try await queue.operating.restart(job.id)
                #expect(try await queue.deadlines() == [job.id.local: deadline])
            }
        }

        @Test func `a deadline that is no time, or at which the job could not have started, is refused`() async throws {
            try await withQueue { queue in
                for (options, field) in [
                    (#"{"deadline":5}"#, "deadline"), (#"{"deadline_ms":-1}"#, "deadline_ms"),
                    (#"{"deadline_ms":5,"deadline":1900000000000}"#, "deadline"),
                    (#"{"deadline_ms":5000,"delay_ms":5000}"#, "deadline_ms"),
                    (#"{"deadline":1900000000000,"due_at":1900000000001}"#, "deadline"),
                ] {
                    let reply = try await queue.run(.enqueue, ["1000", "a", "greet", "{}", RedisArgument(options)])
                    #expect(reply.prefix(3).compactMap(\.string).last == field, "\(options): \(reply)")
                }
                for (deadline, start) in [
                    (JobDeadline.after(.zero), JobStart.now), (.after(.seconds(5)), .after(.seconds(5))),
                    (.at(.init(timeIntervalSince1970: .infinity)), .now),
                ] {
                    let error = #expect(throws: JobError.self) {
                        try NewJob(type: "a", json: "{}", options: JobOptions(deadline: deadline), start: start)
                    }
                    #expect(error?.invalidValue?.field == "deadline")
                }
            }
        }

        @Test(arguments: [
            ["ZREM", "a"], ["ZADD", "5", "a"], ["ZADD", "9999999999999", "b"], ["ZADD", "9999999999999", "nobody"],
        ])
        func `a list of deadlines that somebody changed by hand is found and put right`(words: [String]) async throws {
            try await withQueue { queue in
                try await queue.enqueue("a", JobOptions(deadline: .after(.seconds(1000))))
                try await queue.enqueue("b")
                let right = try await queue.deadlines()
                _ = try await queue.send([words[0], "\(queue.root):deadlines"] + words.dropFirst())
                #expect(try await queue.inspector.verify(queue: queue.name).findings.count == 1)
                _ = try await queue.inspector.repair(queue: queue.name, by: Operator("ada"))
                #expect(try await queue.inspector.verify(queue: queue.name).findings.isEmpty)
                #expect(try await queue.deadlines() == right)
            }
        }

        @Test func `explain says that a deadline has passed`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a", Self.soon)
                try await queue.clock.advance(by: .seconds(25))
                let scene = try #require(try await queue.inspector.explain(id))
                // Explain goes by the clock of Redis itself, which the test does not move.
                #expect(scene.findings.first?.gate == .noWorker)
                _ = try await queue.send("HSET", queue.store.keys.job(id), "deadline", "1700000000000")
                #expect(try await queue.inspector.explain(id)?.findings.first?.gate == .deadlinePassed)
                _ = try await queue.claim()
            }
        }
    }
}

extension TestQueue {
    /// The list of deadlines.
    func deadlines() async throws -> [String: Int64] {
        try await send("ZRANGE", "\(root):deadlines", "0", "-1", "WITHSCORES").pairs
            .mapValues { Int64(Double($0) ?? -1) }
    }
}
