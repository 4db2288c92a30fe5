import Foundation
import Logging
import Martlet
import MartletTesting
import RedisClient
import Synchronization
import ProcessSupervision

/// A private server, a folder, and the processes that a test starts.
final class Stage: Sendable {
    let server: RedisServer
    let folder: String
    let jobs: JobClient
    private let processes: Mutex<[MartletProcess]> = Mutex([])

    fileprivate init(_ server: RedisServer, deadline: Duration) throws {
        self.server = server
        folder = "\(FileManager.default.temporaryDirectory.path)/martlet-e2e-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        var configuration = try RedisConfiguration(url: server.url)
        configuration.commandDeadline = deadline
        jobs = try JobClient(redis: configuration, logger: Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() })
    }

    var inspector: Inspector { jobs.inspector }
    var redis: RedisClient { jobs.store.redis }

    /// Starts a program; `martlet` by default, on this server.
    func start(
        _ arguments: String...,
        executable: String = MartletProcess.martlet,
        environment: [String: String] = [:],
        input: String? = nil
    ) throws -> MartletProcess {
        try start(arguments, executable: executable, environment: environment, input: input)
    }

    func start(
        _ arguments: [String],
        executable: String = MartletProcess.martlet,
        environment: [String: String] = [:],
        input: String? = nil
    ) throws -> MartletProcess {
        let process = try MartletProcess(
            arguments,
            executable: executable,
            environment: ["MARTLET_REDIS_URL": url(for: arguments, executable: executable), "STAGE": folder]
                .merging(environment) { $1 },
            input: input,
            folder: folder
        )
        processes.withLock { $0.append(process) }
        return process
    }

    /// Runs `martlet` to its end.
    func martlet(
        _ arguments: String...,
        environment: [String: String] = [:],
        input: String? = nil
    ) async throws -> MartletProcess.Ended {
        try await martlet(arguments, environment: environment, input: input)
    }

    func martlet(
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String? = nil
    ) async throws -> MartletProcess.Ended {
        let process = try MartletProcess(
            arguments,
            environment: ["MARTLET_REDIS_URL": url(for: arguments)].merging(environment) { $1 },
            input: input,
            folder: folder
        )
        processes.withLock { $0.append(process) }
        return try await process.ended()
    }

    /// Starts a worker for the commands in `yaml`, and waits until it works.
    func worker(_ yaml: String, _ arguments: String...) async throws -> MartletProcess {
        let file = try write(yaml, to: "\(UUID().uuidString).yaml")
        let process = try MartletProcess(
            ["work", "--config", file] + arguments,
            environment: ["MARTLET_REDIS_URL": url(for: ["work"]), "STAGE": folder],
            folder: folder
        )
        processes.withLock { $0.append(process) }
        try await process.said(" working")
        return process
    }

    /// Enqueues through the command line, and gives the id.
    func enqueue(_ arguments: String...) async throws -> JobID {
        let ended = try await martlet(["job", "enqueue"] + arguments)
        guard ended.status == 0 else { throw Mishap("enqueue: \(ended.errors)") }
        return try JobID(String(ended.output.dropLast()))
    }

    @discardableResult
    func wait(for id: JobID, _ state: JobState, within limit: Duration = .seconds(60)) async throws -> JobRecord {
        try await eventually("\(id) is \(state)", within: limit) { try await inspector.job(id)?.state == state }
        return try await record(id)
    }

    func record(_ id: JobID) async throws -> JobRecord {
        guard let record = try await inspector.job(id) else { throw Mishap("there is no job \(id)") }
        return record
    }

    /// Makes a file in the folder, and gives its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        return "\(folder)/\(name)"
    }

    fileprivate func clear() async throws {
        let started = processes.withLock { $0 }
        for process in started { process.signal(SIGKILL) }
        for process in started { _ = try await process.ended() }
        await jobs.close()
        try FileManager.default.removeItem(atPath: folder)
    }
}

/// Runs `body` on a private server, and ends what it started.
func withStage(
    arguments: [String] = [],
    tcp: Bool = false,
    deadline: Duration = .seconds(5),
    body: (Stage) async throws -> Void
) async throws {
    try await withRedisServer(arguments: Role.users() + arguments, tcp: tcp) { server in
        let stage = try Stage(server, deadline: deadline)
        do {
            try await body(stage)
        } catch {
            try await stage.clear()
            throw error
        }
        try await stage.clear()
    }
}
