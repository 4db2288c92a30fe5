import Foundation
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

@Suite(.timeLimit(.minutes(15))) struct TLSTests {
    @Test func `a certificate is verified against the trust roots and the name`() async throws {
        try await withTLSServer("--tls-auth-clients", "no") { port, certificates in
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

    @Test func `a certificate of one's own is shown to a server that asks for one`() async throws {
        try await withTLSServer { port, certificates in
            let url = "rediss://localhost:\(port)"
            let stranger = try makeClient(url) { $0.tls?.trustRootsFile = certificates.path("ca.crt") }
            #expect(await stranger.failure(of: "PING")?.code == .connection)
            let known = try makeClient(url) {
                $0.tls?.trustRootsFile = certificates.path("ca.crt")
                $0.tls?.certificateFile = certificates.path("server.crt")
                $0.tls?.keyFile = certificates.path("server.key")
            }
            #expect(try await known.send(RedisCommand("PING")) == .simple("PONG"))
            for (certificate, key) in [("server.crt", "ca.crt"), ("ca.key", "server.key"), ("nowhere", nil)] {
                let wrong = try makeClient(url) {
                    $0.tls?.trustRootsFile = certificates.path("ca.crt")
                    $0.tls?.certificateFile = certificates.path(certificate)
                    $0.tls?.keyFile = key.map { certificates.path($0) }
                }
                let error = await wrong.failure(of: "PING")
                #expect(error?.code == .configuration && error?.message.contains("PEM") == true)
            }
        }
    }

    /// OpenSSL takes the old versions only at its lowest level of security.
    @Test(arguments: ["TLSv1", "TLSv1.1"])
    func `a server that speaks less than TLS 1.2 is refused`(version: String) async throws {
        let old = ["--tls-auth-clients", "no", "--tls-protocols", version, "--tls-ciphers", "ALL:@SECLEVEL=0"]
        try await withTLSServer(old) { port, certificates in
            let client = try makeClient("rediss://localhost:\(port)") {
                $0.tls?.trustRootsFile = certificates.path("ca.crt")
            }
            let error = await client.failure(of: "PING")
            #expect(error?.code == .connection && error?.message.contains("TLS") == true, "\(error as Any)")
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
