import Foundation
import Martlet
import MartletTesting
import MartletWorker
import RedisClient
import Testing
import ProcessSupervision

/// Handlers that block every thread of Swift's pool.
///
/// Their worker is a process of its own, since it leaves no thread to anybody else.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct BlockedPoolTests {
    @Test func `a worker whose handlers block every thread leaves jobs, and the lead, to others`() async throws {
        try await withTestBed { bed in
            let release = FileManager.default.temporaryDirectory.path + "/martlet-release-\(UUID().uuidString)"
            defer { _ = unlink(release) }
            let blockers = ProcessInfo.processInfo.activeProcessorCount + 1
            let ids = try await bed.jobs.enqueue((0..<blockers).map { Note(number: $0) }).map(\.id)
            let url = bed.server.url
            async let blocked: Void = {
                await #expect(processExitsWith: .success) {
                    [url = url as String, blockers = blockers as Int, release = release as String] in
                    try await runReleasedWorker(url, blockers, until: release, lease: .seconds(3))
                }
            }()
            try await bed.wait(for: blockers, .running)
            // One of them waits for a thread, and goes back when it has done so for a lease.
            try await bed.wait(for: 1, .waiting)
            for id in ids where try await bed.record(id).state == .waiting {
                let attempts = try await bed.inspector.attempts(id)
                #expect(attempts.map(\.end) == [.released])
                let last = try await bed.log(id).last?.message
                #expect(last == "given back: other handlers block every thread of the worker")
            }
            let light = 5
            try await bed.working(.note { _, _ in }) { other in
                let more = try await bed.jobs.enqueue((0..<light).map { Note(number: 100 + $0) }).map(\.id)
                for id in more { #expect(try await bed.finished(id).worker == other.id) }
                #expect(try await bed.inspector.counts(queue: "default")[.running] == blockers - 1)
                try await eventually("another one leads") {
                    try await bed.inspector.leader()?.worker == other.id
                }
                #expect(FileManager.default.createFile(atPath: release, contents: nil))
                try await bed.wait(for: blockers + light, .successful)
                for id in ids { #expect(try await bed.record(id).attempt == 1) }
            }
            await blocked
        }
    }

    @Test func `a time limit is counted from when the handler has a thread`() async throws {
        try await withTestBed { bed in
            let release = FileManager.default.temporaryDirectory.path + "/martlet-release-\(UUID().uuidString)"
            defer { _ = unlink(release) }
            let blockers = ProcessInfo.processInfo.activeProcessorCount
            try await bed.jobs.enqueue((0..<blockers).map { Note(number: $0) })
            let url = bed.server.url
            async let blocked: Void = {
                await #expect(processExitsWith: .success) {
                    [url = url as String, jobs = blockers + 1 as Int, release = release as String] in
                    try await runReleasedWorker(url, jobs, until: release, lease: .seconds(30))
                }
            }()
            try await bed.wait(for: blockers, .running)
            let options = JobOptions(maxRetries: 0, timeLimit: .seconds(1))
            let id = try await bed.jobs.enqueue(Note(), options: options).id
            try await bed.wait(for: id, .running)
            try await eventually("it has waited for longer than it may run") {
                let started = try await bed.record(id).startedAt?.milliseconds ?? .max
                return Int64(Date().timeIntervalSince1970 * 1000) - started > 2000
            }
            #expect(FileManager.default.createFile(atPath: release, contents: nil))
            #expect(try await bed.finished(id).state == .successful)
            await blocked
        }
    }
}

/// A worker with places to spare, each of whose handlers keeps a thread until there is a file.
func runReleasedWorker(_ url: String, _ count: Int, until release: String, lease: Duration) async throws {
    let jobs = try JobClient(redis: url, logger: .silent)
    let handlers = JobHandlers.note { _, _ in
        for _ in 0..<4000 where access(release, F_OK) != 0 { usleep(10_000) }
    }
    var configuration = WorkerConfiguration.places(count + 10)
    configuration.lease = lease
    configuration.leaderLease = .seconds(3)
    let worker = try Worker(jobs, handlers: handlers, configuration: configuration)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await worker.run() }
        try await eventually("all are done") {
            let counts = try await jobs.inspector.counts(queue: "default")
            return counts[.running] == 0 && counts[.successful, default: 0] >= count
        }
        tasks.cancelAll()
        try await tasks.waitForAll()
    }
}
