internal import Foundation
internal import Martlet
internal import ProcessSupervision
internal import RedisClient

/// A child process that runs ``CallerCommand`` and ends by itself.
enum CallerProcess {
    /// Makes calls to the server until `count` jobs are enqueued, `batch` with a call and `callers` calls at once, and
    /// returns what they took.
    ///
    /// - Throws: ``BenchError`` when the process failed.
    static func run(
        _ kind: CallerCommand.Kind,
        _ count: Int,
        callers: Int = 1,
        batch: Int = 1,
        on server: BenchServer
    ) async throws -> CallerCommand.Spent {
        let process = try OwnProcess([
            "caller", "--redis", server.server.url, "--kind", kind.rawValue, "--count", "\(count)",
            "--callers", "\(callers)", "--batch", "\(batch)",
        ])
        let ending = await process.end()
        let reply = try await server.store.redis.send(RedisCommand("LPOP", [RedisArgument(CallerCommand.spent)]))
        guard let text = reply.string else { throw BenchError("a calling process ended without a word: \(ending)") }
        return try JSONDecoder().decode(CallerCommand.Spent.self, from: Data(text.utf8))
    }
}
