import Foundation
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

@Suite(.timeLimit(.minutes(15))) struct RedisServerTests {
    @Test func `a stopped server leaves no process and no folder`() async throws {
        let server = try await RedisServer.start()
        let folder = (server.socketPath as NSString).deletingLastPathComponent
        #expect(kill(server.pid, 0) == 0)
        await server.stop()
        #expect(kill(server.pid, 0) == -1)
        #expect(!FileManager.default.fileExists(atPath: folder))
        await server.stop()
    }

    @Test func `a restarted server keeps its address and what it saved`() async throws {
        try await withRedisServer(arguments: ["--appendonly", "yes", "--appendfsync", "always"], tcp: true) { server in
            let client = try makeClient(server.url)
            _ = try await client.send(RedisCommand("SET", ["k", "kept"]))
            let (url, pid) = (server.url, server.pid)
            server.kill()
            try await server.restart()
            #expect(server.url == url)
            #expect(server.pid != pid)
            #expect(try await makeClient(url).send(RedisCommand("GET", ["k"])).string == "kept")
            await client.close()
        }
    }

    @Test func `a setting that redis-server refuses is in the error`() async throws {
        let start = ContinuousClock.now
        let error = await #expect(throws: RedisServerError.self) {
            try await RedisServer.start(arguments: ["--no-such-setting", "1"])
        }
        #expect(error?.description.contains("no-such-setting") == true)
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func `a server with a password starts too`() async throws {
        try await withRedisServer(arguments: ["--requirepass", "secret"]) { server in
            let client = try makeClient(server.url.replacingOccurrences(of: "unix://", with: "unix://:secret@"))
            let info = try await client.send(RedisCommand("INFO", ["server"])).string
            #expect(info?.contains("process_id:\(server.pid)\r\n") == true)
            await client.close()
        }
    }

    @Test func `a directory of one's own is kept`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let server = try await RedisServer.start(directory: folder.path)
        await server.stop()
        #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("redis.log").path))
        try FileManager.default.removeItem(at: folder)
    }
}
