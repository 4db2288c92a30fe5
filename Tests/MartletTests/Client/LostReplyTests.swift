import Foundation
import Logging
import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Synchronization
import Testing
import ProcessSupervision

/// A script call whose reply was lost on the wire and that was sent again.
@Suite struct LostReplyTests {
    @Test func `the end of a job of which nothing is kept is known for the first sending's`() async throws {
        try await withRedisServer { server in
            var configuration = try RedisConfiguration(url: server.url)
            configuration.commandDeadline = .milliseconds(500)
            let redis = RedisClient(configuration, logger: Logger(label: "lost") { _ in SwiftLogNoOpLogHandler() })
            let pid = server.pid
            let sendings = Mutex(0)
            let store = JobStore(redis: redis, prefix: "martlet", library: ScriptLibrary()) { script, _, moment in
                guard script == .finish, case .beforeSend = moment else { return }
                let number = sendings.withLock { sendings in
                    sendings += 1
                    return sendings
                }
                // The first sending of the second job is read when nobody waits for its reply any more.
                if number == 2 { kill(pid, SIGSTOP) }
                if number == 3 { kill(pid, SIGCONT) }
            }
            defer { kill(pid, SIGCONT) }
            let options = JobOptions(queue: "mail", retention: .zero)
            let jobs = try (0..<2).map { _ in try NewJob(type: "greet", json: "{}", options: options) }
            _ = try await store.enqueue(jobs, queue: "mail", payloadLimit: 100)
            let claimed = try await store.claim(
                queue: "mail",
                worker: "ada",
                limit: 2,
                lease: .seconds(30),
                number: 1,
                again: false,
                crashLimit: 3,
                isIdle: false,
                types: ["greet"]
            ).jobs
            var replies: [LeaseReply] = []
            for job in claimed {
                replies += try await store.finish([JobEnding(job, .successful, report: nil)], queue: "mail")
            }
            #expect(replies == [.done(.successful), .already])
            #expect(sendings.withLock { $0 } >= 3)
            await redis.close()
        }
    }

    @Test func `an enqueue whose answer was lost does not bring a job back that has ended and gone`() async throws {
        try await withRedisServer { server in
            var configuration = try RedisConfiguration(url: server.url)
            configuration.commandDeadline = .milliseconds(500)
            let logger = Logger(label: "lost") { _ in SwiftLogNoOpLogHandler() }
            let (redis, other) = (
                RedisClient(configuration, logger: logger), RedisClient(configuration, logger: logger)
            )
            let pid = server.pid
            let sendings = Mutex(0)
            let isThawed = Mutex(false)
            let hasRun = Mutex(false)
            let store = JobStore(redis: redis, prefix: "martlet", library: ScriptLibrary()) { script, _, moment in
                guard script == .enqueue else { return }
                if case .afterReply(.failure) = moment {
                    kill(pid, SIGCONT)
                    isThawed.withLock { $0 = true }
                }
                guard case .beforeSend = moment else { return }
                let number = sendings.withLock { sendings in
                    sendings += 1
                    return sendings
                }
                // The first sending is read when nobody waits for its answer any more. Its job ends before the next.
                if number == 2 { kill(pid, SIGSTOP) }
                if number == 3 {
                    let deadline = ContinuousClock.now + .seconds(20)
                    while !hasRun.withLock(\.self), .now < deadline { usleep(1000) }
                }
            }
            defer { kill(pid, SIGCONT) }
            let worker = JobStore(redis: other, prefix: "martlet", library: ScriptLibrary())
            func claim(_ number: Int) async throws -> [ClaimedJob] {
                try await worker.claim(
                    queue: "mail",
                    worker: "ada",
                    limit: 2,
                    lease: .seconds(30),
                    number: number,
                    again: false,
                    crashLimit: 3,
                    isIdle: false,
                    types: ["greet"]
                ).jobs
            }
            let options = JobOptions(queue: "mail", retention: .zero)
            let jobs = try (0..<2).map { _ in try NewJob(type: "greet", json: "{}", options: options) }
            // The first call learns the script, so that the second is short.
            _ = try await store.enqueue(jobs.prefix(1), queue: "mail", payloadLimit: 100)
            let first = try await claim(1)
            _ = try await worker.finish(first.map { JobEnding($0, .successful, report: nil) }, queue: "mail")
            let run = Task.detached {
                // A claim that a frozen Redis reads later would take the job for nobody.
                try await eventually("Redis goes on") { isThawed.withLock(\.self) }
                var claimed: [ClaimedJob] = []
                var number = 1
                try await eventually("the job is there") {
                    number += 1
                    claimed = try await claim(number)
                    return !claimed.isEmpty
                }
                _ = try await worker.finish(claimed.map { JobEnding($0, .successful, report: nil) }, queue: "mail")
                hasRun.withLock { $0 = true }
                return claimed.map(\.id)
            }
            _ = try await store.enqueue(jobs.suffix(1), queue: "mail", payloadLimit: 100)
            #expect(sendings.withLock { $0 } >= 3)
            #expect(try await run.value == [jobs[1].id])
            #expect(try await claim(100_000).isEmpty)
            await redis.close()
            await other.close()
        }
    }
}
