import Foundation
import Logging
import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// What a worker process makes of a Redis in trouble: it waits, and goes on by itself.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct OutageTests {
    private static let yaml = "concurrency: 4\njobs:\n  quick:\n    command: ['true']\n"

    private struct Quick: Job {
        static let jobType = "quick"
        var number = 0
    }

    @Test func `a Redis whose disk is full and then has room again costs neither a job nor the worker`() async throws {
        try await withSmallDisk(megabytes: 16) { disk in
            try await withStage(arguments: ["--appendonly", "yes", "--dir", disk.path]) { stage in
                let worker = try await stage.worker(Self.yaml)
                var accepted = try await stage.jobs.enqueue((0..<1000).map { Quick(number: $0) }).map(\.id)
                try await eventually("some are done") {
                    try await stage.inspector.counts(queue: "default")[.successful] ?? 0 > 20
                }
                var refusal: JobError?
                try await eventually("Redis refuses writes") {
                    try disk.fill()
                    do throws(JobError) {
                        accepted.append(try await stage.jobs.enqueue(Quick(number: accepted.count)).id)
                    } catch {
                        refusal = error
                    }
                    return refusal != nil
                }
                #expect(refusal?.message.contains("MISCONF") == true, "\(refusal?.message ?? "")")
                try await worker.said("MISCONF")
                let stopped = try await stage.inspector.counts(queue: "default")
                #expect(stopped[.successful] ?? 0 < accepted.count)

                try disk.clear()
                try await eventually("all that were accepted are done", within: .seconds(60)) {
                    try await stage.inspector.counts(queue: "default")[.successful] == accepted.count
                }
                for id in accepted { #expect(try await stage.record(id).attempt == 1) }
                #expect(worker.isRunning)

                stage.server.kill()
                try await stage.server.restart()
                let kept = try await eventuallyAnswered { try await stage.inspector.counts(queue: "default") }
                #expect(kept[.successful] == accepted.count)
            }
        }
    }

    @Test func `consumption is back by itself after each of twenty outages`() async throws {
        try await withStage(arguments: ["--appendonly", "yes"]) { stage in
            let worker = try await stage.worker(Self.yaml)
            var times: [String] = []
            for round in 0..<20 {
                let outage: String
                if round % 4 == 0 {
                    _ = try await eventuallyAnswered {
                        try await stage.redis.send(RedisCommand("CLIENT", ["KILL", "TYPE", "normal"]))
                    }
                    outage = "cut"
                } else {
                    // From 0 to 3 s, the same in each run.
                    let down = Duration.milliseconds(round * 7 % 20 * 3000 / 19)
                    stage.server.kill()
                    try await Task.sleep(for: down)
                    try await stage.server.restart()
                    outage = "down \(down)"
                }
                let back = ContinuousClock.now
                let jobs = try JobClient(
                    redis: stage.server.url,
                    logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
                )
                do {
                    let id = try await eventuallyAnswered { try await jobs.enqueue(Quick(number: round)).id }
                    try await eventually("the job is done", within: .seconds(60)) {
                        try await jobs.inspector.job(id)?.state == .successful
                    }
                } catch {
                    await jobs.close()
                    throw error
                }
                await jobs.close()
                let took = ContinuousClock.now - back
                times.append("\(outage): \(took.formatted(.units(allowed: [.milliseconds])))")
            }
            #expect(worker.isRunning)
            print("back after an outage: \(times.joined(separator: ", "))")
        }
    }

    /// Repeats what the outage may hit too.
    private func eventuallyAnswered<Answer: Sendable>(_ ask: () async throws -> Answer) async throws -> Answer {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            do {
                return try await ask()
            } catch let error as JobError where error.redis?.isOutage == true && ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            } catch let error as RedisError where error.isOutage && ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
