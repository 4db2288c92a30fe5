internal import ArgumentParser
internal import Foundation
internal import Logging
internal import Martlet
internal import MartletTesting
internal import RedisClient
internal import ProcessSupervision

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Run a worker on a Redis of its own, for trying out.",
        discussion: """
            The server listens on a unix socket in the data folder and keeps its data there (appendonly), so jobs are \
            still there at the next start. Point the other commands to it with the line it prints.
            """
    )

    @Option(help: "Keep the server's data and socket in this folder. It is made when it is missing.")
    var data: String = ".martlet"
    @OptionGroup var worker: WorkerOptions

    func run() async throws {
        try FirstProcess.standInFront()
        let file = try worker.read()
        let folder = URL(filePath: data).standardizedFileURL.path(percentEncoded: false)
        // The folder is for its owner alone, even when it existed before: the jobs in it are private, and whoever
        // reaches the socket may do anything with them.
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
        let address = URL(filePath: folder).appending(path: "address")
        try await refuseSecond(folder, address)
        let server = try await RedisServer.start(
            // These are the settings of ops/redis.conf.
            arguments: [
                "--appendonly", "yes", "--appendfsync", "everysec", "--hash-max-listpack-value", "1024",
                "--zset-max-listpack-entries", "16",
            ],
            directory: folder
        )
        do {
            try Data(server.url.utf8).write(to: address, options: .atomic)
            Terminal.say("Redis of this worker: \(server.url)")
            Terminal.say("in another terminal:  export MARTLET_REDIS_URL='\(server.url)'")
            let logger = worker.logger
            let client = try JobClient(redis: server.url, logger: logger)
            try await worker.run(file, with: client, logger: logger)
            await client.close()
            await server.stop()
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Refuses a second server on the folder, since two would write over each other's file.
    ///
    /// The file at `address` holds the address of the last server. The socket of a deep folder is elsewhere, since its
    /// path would be too long for one.
    private func refuseSecond(_ folder: String, _ address: URL) async throws {
        guard FileManager.default.fileExists(atPath: address.path(percentEncoded: false)) else { return }
        let client = try JobClient(
            redis: try String(contentsOf: address, encoding: .utf8),
            logger: Logger(label: "martlet") { _ in SwiftLogNoOpLogHandler() }
        )
        var answers = true
        do throws(JobError) {
            _ = try await client.inspector.now()
        } catch {
            answers = error.redis?.code != .connection
        }
        await client.close()
        if answers {
            throw ValidationError("--data \(folder): another `martlet dev` is using this folder; name another one")
        }
    }
}
