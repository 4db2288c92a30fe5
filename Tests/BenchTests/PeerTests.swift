import Foundation
import MartletPrograms
import MartletTesting
import ProcessSupervision
import Testing

/// Martlet beside its peers: the smallest run, with what is installed.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct PeerTests {
    private static let peers = ["Sidekiq", "Taskiq", "BullMQ"]

    @Test func `a run has a column for each peer that is there, and says why another is not`() async throws {
        let run = try await BenchRun.ended(["--peers", "--quick", "--scale", "0.01"])
        let header = try #require(run.output.first)
        for peer in Self.peers {
            #expect(header.contains(" \(peer) ") != run.errors.contains { $0.hasPrefix("\(peer) is left out: ") })
        }
        for figure in ["enqueue, one at a time", "enqueue, bulk", "drain, 4 processes", "a waiting job"] {
            let row = try #require(run.output.first { $0.contains("| \(figure), ") }, "\(figure)")
            // The columns of Martlet: on Redis's defaults, and the last but the two of ceilings.
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(!cells[1].isEmpty && !cells[cells.count - 3].isEmpty, "\(row)")
        }
        #expect(run.output.filter { $0.contains(#/^(holds|does not hold|not measured) /#) }.count == 11)
    }

    @Test func `where no peer is installed, each is left out with the way to install it`() async throws {
        try await withTemporaryFolder { folder in
            for program in ["redis-server", "redis-benchmark", "rm"] {
                let file = try #require(
                    ["/usr/bin/", "/usr/local/bin/", "/bin/"].map { $0 + program }.first(
                        where: FileManager.default.isExecutableFile
                    )
                )
                try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(program)", withDestinationPath: file)
            }
            let run = try await BenchRun.ended(
                ["--peers", "--quick", "--scale", "0.01", "--python", "/bin/false"],
                environment: ["PATH": folder]
            )
            let reasons = run.errors.filter { $0.contains(" is left out: ") }
            #expect(reasons.count == 3)
            #expect(reasons.allSatisfy { $0.contains("ops/bench --peers --install") })
            #expect(reasons.contains { $0.hasPrefix("Sidekiq") && $0.contains("apt-get install ruby-sidekiq") })
            #expect(
                reasons.count { $0.contains("/bin/false has no") && $0.contains("ops/peers/requirements.txt") } == 2
            )
            #expect(run.output.contains { $0.hasPrefix("not measured ") && $0.contains("Sidekiq") })
        }
    }

    @Test(arguments: [SIGINT, SIGKILL])
    func `what a run has started ends with it`(signal: Int32) async throws {
        try await withTemporaryFolder { folder in
            let bench = try SpawnedProcess(
                BenchRun.program,
                ["--peers", "--quick"],
                environment: ProcessInfo.processInfo.environment.merging(["TMPDIR": folder]) { $1 },
                folder: BenchRun.root,
                output: STDERR_FILENO
            )
            // A server with its shell, and a program that calls it.
            try await eventually("it has started some", within: .seconds(60)) { children(folder, of: bench).count > 2 }
            bench.signal(signal)
            await bench.end()
            try await eventually("they have ended", within: .seconds(60)) { children(folder, of: bench).isEmpty }
        }
    }

    /// The processes whose temporary folder this is, but for the bench itself.
    private func children(_ folder: String, of bench: SpawnedProcess) -> [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }.filter { pid in
            // One that has ended has no environment.
            guard pid != bench.pid, let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/environ") else {
                return false
            }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\0").contains("TMPDIR=\(folder)")
        }
    }
}

/// A run of the bench that was built with these tests, in the folder of the README.
private struct BenchRun {
    static let program = Bundle.main.bundleURL.appending(path: "MartletBench").path
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private(set) var output: [String] = []
    private(set) var errors: [String] = []

    static func ended(_ arguments: [String], environment: [String: String] = [:]) async throws -> BenchRun {
        let lines = AsyncStream.makeStream(of: (CommandStream, String).self)
        let command = Command(arguments: [program] + arguments, environment: environment, directory: root)
        try await CommandRunner().run(command) { lines.continuation.yield(($0, $1)) }
        lines.continuation.finish()
        var run = BenchRun()
        for await (stream, line) in lines.stream {
            if stream == .output { run.output.append(line) } else { run.errors.append(line) }
        }
        return run
    }
}

private func withTemporaryFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UInt32.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }  // at worst it stays in the temporary folder
    try await body(folder.path)
}
