import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing

/// The scripts as the release before assembled them, in the rooms of those of this one.
enum PreviousRelease {
    /// Runs a script of the release before; it goes by the clock of the test.
    @discardableResult
    static func run(
        _ name: String,
        on key: String,
        _ arguments: [String],
        _ queue: TestQueue
    ) async throws -> [RedisValue] {
        let reply = try await queue.store.redis.evaluate(
            RedisScript(name: name, source: try source(name)),
            keys: [key],
            arguments: arguments.map { RedisArgument($0) }
        )
        let values = try #require(reply.array)
        #expect(values.first?.string != "invalid", "\(name): \(values)")
        return values
    }

    private static func source(_ name: String) throws -> String {
        let folder = Repository.root.appending(path: "Tests/MartletTests/PreviousRelease")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        let path = try #require(paths.first { $0.hasSuffix("/\(name).lua") }, "no script \(name)")
        var source = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
        for (function, replacement) in [("now_ms", TestClock.include), ("server_age_ms", TestClock.oldServer)] {
            guard let start = source.range(of: "local function \(function)()"),
                let end = source.range(of: "\nend\n", range: start.upperBound..<source.endIndex)
            else { continue }
            source.replaceSubrange(start.lowerBound..<end.upperBound, with: replacement + "\n")
        }
        return source
    }
}
