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
}
