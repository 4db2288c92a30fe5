internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient

/// Blocks on lists and hands their entries on.
///
/// It has a connection of its own, since a blocked connection serves nothing else.
final class ListListener: Sendable {
    private let connection: RedisClient
    private let command: RedisCommand
    private let interrupted: @Sendable () -> Void
    private let pause: WakeUp
    private let logger: Logger

    /// The time that the server holds a call while the lists are empty.
    private static let patience = Duration.seconds(60)

    /// Makes a listener on the lists.
    ///
    /// `CLIENT LIST` shows its connection under `name`. It calls `interrupted` when a call failed, since an entry may
    /// have been lost with it.
    init(
        _ lists: [String],
        name: String,
        worker: WorkerContext,
        interrupted: @escaping @Sendable () -> Void = {}
    ) {
        self.connection = worker.store.redis.dedicated(name: name)
        let patience = RedisArgument(Self.patience.components.seconds)
        self.command = RedisCommand("BLPOP", lists.map { RedisArgument($0) } + [patience])
        self.interrupted = interrupted
        self.pause = worker.makeWakeUp()
        self.logger = worker.logger
    }

    /// Waits for the next entry of any of the lists.
    ///
    /// It waits errors out.
    /// - Returns: the entry with the list it stood in; nil once the listener is stopped.
    func next() async -> (list: String, entry: String)? {
        var backoff = Backoff()
        while !pause.isStopped {
            do throws(RedisError) {
                let reply = try await connection.send(command, deadline: Self.patience + .seconds(5))
                backoff = Backoff()
                if let words = reply.array?.compactMap(\.string), words.count == 2 {
                    return (words[0], words[1])
                }
            } catch {
                guard !pause.isStopped else { return nil }
                logger.report(JobError(error), "not listening, trying again")
                interrupted()
                await pause.wait(backoff.next(after: error))
            }
        }
        return nil
    }

    func stop() async {
        pause.stop()
        await connection.close()
    }
}
