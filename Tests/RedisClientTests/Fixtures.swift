import Foundation
import Logging
import MartletTesting
import NIOCore
import NIOPosix
import ProcessSupervision
import RedisClient
import Testing

/// Makes a client that logs nothing and closes its connection when it is released.
func makeClient(_ url: String, adjust: (inout RedisConfiguration) -> Void = { _ in }) throws -> RedisClient {
    var configuration = try RedisConfiguration(url: url)
    adjust(&configuration)
    return RedisClient(configuration, logger: silentLogger)
}

let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` with a client of a server of its own.
func withClient(
    arguments: [String] = [],
    tcp: Bool = false,
    body: (RedisClient, RedisServer) async throws -> Void
) async throws {
    try await withRedisServer(arguments: arguments, tcp: tcp) { server in
        let client = try makeClient(server.url)
        try await body(client, server)
        await client.close()
    }
}

extension RedisClient {
    /// Runs a command and returns the error that it ends with.
    func failure(of name: String, _ arguments: [RedisArgument] = [], deadline: Duration? = nil) async -> RedisError? {
        do {
            _ = try await send(RedisCommand(name, arguments), deadline: deadline)
            return nil
        } catch {
            return error
        }
    }

    /// Makes calls one after the other; after some, the event loop leaves the reading of replies to the caller.
    func callAlone(_ count: Int, deadline: Duration? = nil) async throws {
        for _ in 0..<count { _ = try await send(RedisCommand("PING"), deadline: deadline) }
    }

    /// The id that the server gave to the present connection.
    func connectionID() async throws -> Int? {
        try await send(RedisCommand("CLIENT", ["ID"])).int
    }
}

/// Runs `body` with the port of a server that speaks TLS, and the certificates it has.
func withTLSServer(
    _ arguments: String...,
    body: (Int, TestCertificates) async throws -> Void
) async throws {
    try await withTLSServer(arguments, body: body)
}

func withTLSServer(_ arguments: [String], body: (Int, TestCertificates) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-tls-\(UInt32.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let certificates = try TestCertificates(in: folder.path)
    let port = Int.random(in: 32_000..<33_000)
    let all = ["--tls-port", "\(port)"] + certificates.serverArguments + arguments
    try await withRedisServer(arguments: all) { _ in try await body(port, certificates) }
}

/// Runs `body` with an event loop of its own.
func withLoop(_ body: (any EventLoop) async throws -> Void) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
        try await body(group.next())
    } catch {
        try await group.shutdownGracefully()
        throw error
    }
    try await group.shutdownGracefully()
}

/// Holds up the thread of an event loop until it is opened.
struct Gate {
    private let semaphore = DispatchSemaphore(value: 0)

    init(_ eventLoop: any EventLoop) {
        eventLoop.execute { [semaphore] in semaphore.wait() }
    }

    func open() {
        semaphore.signal()
    }
}
