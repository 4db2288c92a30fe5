internal import Foundation
internal import Martlet
internal import ProcessSupervision
internal import RedisClient

/// A child process that runs ``CallerCommand`` and ends by itself.
enum CallerProcess {
    /// Makes `count` calls to the server and returns what they took.
    ///
    /// - Throws: ``BenchError`` when the process failed.
    static func run(
        _ kind: CallerCommand.Kind,
        _ count: Int,
        on server: BenchServer
    ) async throws -> CallerCommand.Spent {
        let process = try SpawnedProcess(
            WorkerProcess.program,
            ["caller", "--redis", server.server.url, "--kind", kind.rawValue, "--count", "\(count)"],
            output: STDERR_FILENO
        )
        let ending = await process.end()
        let reply = try await server.store.redis.send(RedisCommand("LPOP", [RedisArgument(CallerCommand.spent)]))
        guard let text = reply.string else { throw BenchError("a calling process ended without a word: \(ending)") }
        return try JSONDecoder().decode(CallerCommand.Spent.self, from: Data(text.utf8))
    }
}
