internal import Foundation

/// A private authority with a certificate for `localhost` and `redis.test`, made with the `openssl` program.
package struct TestCertificates {
    private let folder: String

    /// Makes `ca.crt`, `server.crt` and `server.key` in a folder that is there.
    package init(in folder: String) throws {
        self.folder = folder
        try Data("subjectAltName=DNS:localhost,DNS:redis.test".utf8).write(to: URL(filePath: "\(folder)/names"))
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

    /// The path of one of the files.
    package func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// The arguments with which a redis-server with `--tls-port` shows the certificate, and asks its clients for one.
    package var serverArguments: [String] {
        [
            "--tls-cert-file", path("server.crt"), "--tls-key-file", path("server.key"),
            "--tls-ca-cert-file", path("ca.crt"),
        ]
    }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw OpenSSLFailure(arguments: arguments) }
    }
}

/// The error of the `openssl` program.
private struct OpenSSLFailure: Error {
    let arguments: [String]
}
