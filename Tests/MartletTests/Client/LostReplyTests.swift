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

    /// `ResentEnqueueTests` says what the script makes of it.
    @Test func `an enqueue whose answer was lost is sent again with the time at which it was first sent`() async throws
    {
        try await withRedisServer { server in
            var configuration = try RedisConfiguration(url: server.url)
            configuration.commandDeadline = .milliseconds(500)
            let redis = RedisClient(configuration, logger: Logger(label: "lost") { _ in SwiftLogNoOpLogHandler() })
            let pid = server.pid
            let sendings = Mutex<[[RedisArgument]]>([])
            let mayFreeze = Mutex(false)
            let store = JobStore(redis: redis, prefix: "martlet", library: ScriptLibrary()) { script, sent, moment in
                guard script == .enqueue else { return }
                if case .afterReply(.failure) = moment { kill(pid, SIGCONT) }
                guard case .beforeSend = moment else { return }
                let number = sendings.withLock { sendings in
                    sendings.append(sent)
                    return sendings.count
                }
                // The first sending is read when nobody waits for its answer any more.
                if number == 1, mayFreeze.withLock(\.self) { kill(pid, SIGSTOP) }
            }
            defer { kill(pid, SIGCONT) }
            func time() async throws -> Int {
                let parts = try await store.send([RedisCommand("TIME")])[0].array ?? []
                return (parts[0].int ?? 0) * 1000 + (parts[1].int ?? 0) / 1000
            }
            func enqueue() async throws {
                let job = try NewJob(type: "greet", json: "{}", options: JobOptions(queue: "mail"))
                _ = try await store.enqueue([job], queue: "mail", payloadLimit: 100)
            }
            // The first call learns the script, so that the others are short.
            try await enqueue()
            mayFreeze.withLock { $0 = true }
            // Where Redis takes long to tell its time, the call is sent again without it.
            try await eventually("a call was sent again with its time") {
                sendings.withLock { $0 = [] }
                let before = try await time()
                try? await enqueue()
                guard let last = sendings.withLock(\.last), last.count == 7 else { return false }
                let after = try await time()
                #expect(last[5].text == "again")
                let sentAt = try #require(Int(last[6].text))
                #expect((before - 501...after).contains(sentAt))
                return true
            }
            await redis.close()
        }
    }
}
