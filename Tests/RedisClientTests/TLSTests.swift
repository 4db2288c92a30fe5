import Foundation
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

@Suite(.timeLimit(.minutes(1))) struct TLSTests {
    @Test func `a certificate is verified against the trust roots and the name`() async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        let port = Int.random(in: 32_000..<33_000)
        let arguments = [
            "--tls-port", "\(port)", "--tls-auth-clients", "no", "--tls-cert-file", certificates.path("server.crt"),
            "--tls-key-file", certificates.path("server.key"), "--tls-ca-cert-file", certificates.path("ca.crt"),
        ]
        try await withRedisServer(arguments: arguments) { _ in
            let ca = certificates.path("ca.crt")
            let trusting = try makeClient("rediss://localhost:\(port)") { $0.tls?.trustRootsFile = ca }
            #expect(try await trusting.send(RedisCommand("PING")) == .simple("PONG"))

            let byAddress = try makeClient("rediss://127.0.0.1:\(port)") { $0.tls?.trustRootsFile = ca }
            #expect(await byAddress.failure(of: "PING")?.code == .connection)

            let named = try makeClient("rediss://127.0.0.1:\(port)") {
                $0.tls?.trustRootsFile = ca
                $0.tls?.serverName = "redis.test"
            }
            #expect(try await named.send(RedisCommand("PING")) == .simple("PONG"))

            let misnamed = try makeClient("rediss://127.0.0.1:\(port)") {
                $0.tls?.trustRootsFile = ca
                $0.tls?.serverName = "other.test"
            }
            let wrongName = await misnamed.failure(of: "PING")
            #expect(wrongName?.code == .connection)

            let distrust = try await makeClient("rediss://localhost:\(port)").failure(of: "PING")
            #expect(distrust?.code == .connection)
            #expect(distrust?.message.contains("certificate") == true)
            #expect(distrust?.mayHaveBeenApplied == false)

            let careless = try makeClient("rediss://localhost:\(port)") { $0.tls?.verifiesCertificate = false }
            #expect(try await careless.send(RedisCommand("PING")) == .simple("PONG"))

            let unreadable = try makeClient("rediss://localhost:\(port)") { $0.tls?.trustRootsFile = "/nowhere.pem" }
            let noFile = await unreadable.failure(of: "PING")
            #expect(noFile?.code == .configuration)
            #expect(noFile?.message.contains("/nowhere.pem") == true)
        }
    }

    @Test func `TLS to a server in the clear fails`() async throws {
        try await withRedisServer(tcp: true) { server in
            let url = server.url.replacingOccurrences(of: "redis://", with: "rediss://")
            let client = try makeClient(url) { $0.connectDeadline = .milliseconds(300) }
            let error = await client.failure(of: "PING")
            #expect(error?.code == .connection)
            #expect(error?.message.contains("cannot connect") == true)
        }
    }
}

/// A private authority and a server certificate for localhost and redis.test.
private struct Certificates {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("martlet-tls-\(UInt32.random(in: 0 ... .max))")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let names = "subjectAltName=DNS:localhost,DNS:redis.test"
        try Data(names.utf8).write(to: folder.appendingPathComponent("names"))
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try openssl(
            ["req", "-x509", "-days", "2", "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.crt"] + key
        )
        try openssl(["req", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"] + key)
        try openssl([
            "x509", "-req", "-days", "2", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
            "-extfile", "names", "-out", "server.crt",
        ])
    }

    func path(_ name: String) -> String {
        folder.appendingPathComponent(name).path
    }

    func remove() {
        try? FileManager.default.removeItem(at: folder)
    }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments[0]) failed")
    }
}
