internal import Foundation
internal import Logging
internal import RedisClient
internal import Synchronization

/// A private redis-server process, on a unix socket in a folder of its own, which keeps nothing on disk unless told to.
///
/// 1. ``start(arguments:directory:tcp:)`` returns once the server answers.
/// 2. ``stop()`` ends it, or ``kill()`` as a crash would; ``restart()`` brings it back at the same address.
/// 3. If this process dies without that, a watching shell kills the server and removes the temporary folder.
public final class RedisServer: Sendable {
    private struct State {
        var process: ServerProcess?
        var pid: Int32 = 0
    }

    /// The path of the unix socket.
    public let socketPath: String
    /// The port on 127.0.0.1; nil when none was asked for.
    public let port: Int?

    private let binary: String
    private let arguments: [String]
    private let folder: String
    private let dataFolder: String
    private let state = Mutex(State())

    /// The URL: `unix://` with the socket's path, or `redis://127.0.0.1:port` when TCP was asked for.
    public var url: String {
        port.map { "redis://127.0.0.1:\($0)" } ?? socketURL
    }

    /// The URL of the socket, in which characters that mean something in a URL, or quotes, which mean something to a
    /// shell, are encoded.
    private var socketURL: String {
        let plain = CharacterSet.urlPathAllowed.subtracting(["'"])
        return "unix://" + (socketPath.addingPercentEncoding(withAllowedCharacters: plain) ?? socketPath)
    }

    /// The process id of redis-server, or of the last one when none runs.
    public var pid: Int32 {
        state.withLock { $0.pid }
    }

    /// Starts a server and waits until it answers.
    ///
    /// - Parameters:
    ///   - arguments: Arguments added to the defaults, as in `["--appendonly", "yes"]`; a later setting wins.
    ///   - directory: The folder where the server keeps its files; nil for a temporary folder, which is removed at the
    ///     end.
    ///   - tcp: True to also listen on a free port of 127.0.0.1.
    /// - Returns: The server, which answers.
    /// - Throws: ``RedisServerError``, with what the server printed, when it does not come up within 30 seconds.
    public static func start(
        arguments: [String] = [],
        directory: String? = nil,
        tcp: Bool = false
    ) async throws -> RedisServer {
        var attemptsLeft = 5
        while true {
            let port = tcp ? Int.random(in: 20_000..<32_000) : nil
            let server = try RedisServer(arguments, directory: directory, port: port)
            do {
                try await server.launch()
                return server
            } catch let error as RedisServerError {
                await server.stop()
                // Only the attempt tells whether a port is free.
                attemptsLeft -= 1
                guard tcp, attemptsLeft > 0, error.description.contains("Address already in use") else { throw error }
            }
        }
    }

    private init(_ arguments: [String], directory: String?, port: Int?) throws {
        binary = try Self.findBinary()
        folder = try Self.makeFolder()
        dataFolder = directory ?? folder
        // A socket's path has at most 107 bytes; beyond that it moves to the temporary folder.
        let socket = dataFolder + "/redis.sock"
        socketPath = socket.utf8.count < 108 ? socket : folder + "/redis.sock"
        self.port = port
        self.arguments =
            [
                "--port", "\(port ?? 0)", "--bind", "127.0.0.1", "--unixsocket", socketPath, "--daemonize", "no",
                "--pidfile", folder + "/redis.pid", "--dir", dataFolder, "--logfile", dataFolder + "/redis.log",
                "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction",
            ] + arguments
    }

    /// Stops the server with SIGTERM, after five seconds with SIGKILL, and waits for its end.
    ///
    /// It removes the temporary folder, and does nothing the second time.
    public func stop() async {
        await end(keepingFolder: false)
        try? FileManager.default.removeItem(atPath: folder)  // at worst a few files stay in the temporary folder
    }

    /// Kills the server with SIGKILL, as a crash would.
    ///
    /// The address stays reserved for ``restart()``.
    public func kill() {
        guard let process = state.withLock({ $0.process }) else { return }
        process.signal(SIGKILL, pid: pid, keepingFolder: true)
    }

    /// Ends the server if it runs, and starts it again with the same arguments, folder and address.
    ///
    /// - Throws: ``RedisServerError`` when it does not come up within 30 seconds.
    public func restart() async throws {
        await end(keepingFolder: true)
        try await launch()
    }

    private func end(keepingFolder: Bool) async {
        let process = state.withLock { state in
            defer { state.process = nil }
            return state.process
        }
        guard let process else { return }
        process.signal(SIGTERM, pid: pid, keepingFolder: keepingFolder)
        await process.waitUntilExit(killing: pid, after: .seconds(5))
    }

    private func launch() async throws {
        for leftByKilled in ["/redis.sock", "/redis.pid"] {
            try? FileManager.default.removeItem(atPath: folder + leftByKilled)  // usually not there
        }
        let process = try ServerProcess(binary, arguments, removing: folder)
        do {
            let pid = try await waitUntilReady(process)
            state.withLock { $0 = State(process: process, pid: pid) }
        } catch {
            process.abandon()
            await process.waitUntilExit(killing: nil, after: .seconds(5))
            throw error
        }
    }

    /// Asks until the server answers; the backoff of the client does the waiting.
    private func waitUntilReady(_ process: ServerProcess) async throws -> Int32 {
        var configuration = try RedisConfiguration(url: socketURL)
        configuration.commandDeadline = .seconds(1)
        let silent = Logger(label: "redis-server") { _ in SwiftLogNoOpLogHandler() }
        let client = RedisClient(configuration, logger: silent)
        let deadline = ContinuousClock.now + .seconds(30)
        var last = ""
        while ContinuousClock.now < deadline, !process.hasExited {
            do {
                _ = try await client.send(RedisCommand("PING"))
                return try await pid(closing: client)
            } catch let error as RedisError where error.code == .noAuth {
                return try await pid(closing: client)  // a password among the arguments: it is there
            } catch let error as RedisError where error.isOutage {
                last = error.message
            }
        }
        await client.close()
        let log = (try? String(contentsOfFile: dataFolder + "/redis.log", encoding: .utf8)) ?? ""
        throw RedisServerError("redis-server did not start: \(process.output)\(log.suffix(2000)) \(last)")
    }

    private func pid(closing client: RedisClient) async throws -> Int32 {
        await client.close()
        let text = try String(contentsOfFile: folder + "/redis.pid", encoding: .utf8)
        guard let pid = Int32(text.filter(\.isNumber)) else {
            throw RedisServerError("redis-server wrote no process id but '\(text)'")
        }
        return pid
    }

    private static func findBinary() throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/usr/local/bin"
        for folder in path.split(separator: ":") {
            let candidate = "\(folder)/redis-server"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw RedisServerError("there is no redis-server in PATH; on Debian: apt-get install redis-server")
    }

    private static func makeFolder() throws -> String {
        // The path of the socket may have only 107 bytes, so the name is short.
        let name = "martlet-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        return folder.path
    }
}

/// The error of a private redis-server that could not be started.
public struct RedisServerError: Error, Sendable, CustomStringConvertible {
    /// The reason, and what the server printed.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
