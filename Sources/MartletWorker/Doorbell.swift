internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Hears when there is work: blocks on the queues' wake lists, over a connection of its own.
///
/// Whoever puts a job among the waiting leaves a token there, and Redis hands it to one idle worker. A token is only a
/// reason to claim; no job hangs on it.
final class Doorbell: Sendable {
    /// Raised by a token.
    let signal: Signal
    private let wanted: Signal
    private let connection: RedisClient
    private let store: JobStore
    private let queues: [String]
    private let running: RunningJobs
    private let logger: Logger
    private let pause: Signal
    private struct State {
        var isWanted = false
        var isStopped = false
    }
    private let state = Mutex(State())

    private static let patience = Duration.seconds(30)

    init(_ worker: WorkerContext) {
        self.store = worker.store
        self.queues = worker.queues
        self.running = worker.running
        self.logger = worker.logger
        self.connection = store.redis.dedicated(name: "martlet-doorbell")
        self.signal = worker.makeSignal()
        self.wanted = worker.makeSignal()
        self.pause = worker.makeSignal()
    }

    /// Waits for a ring, at most as long as given.
    func listen(for timeout: Duration) async {
        let isFirst = state.withLock { state in
            defer { state.isWanted = true }
            return !state.isWanted
        }
        if isFirst { wanted.raise() }
        await signal.wait(timeout)
    }

    /// Gives a ring that came while there is no free place to another worker.
    func passOn() async {
        guard signal.lower() else { return }
        for queue in queues {
            await ring(store.keys.wake(queue))
        }
    }

    func stop() async {
        state.withLock { $0.isStopped = true }
        wanted.raise()
        pause.raise()
        await connection.close()
    }

    /// Blocks on the lists while somebody listens, until it is stopped.
    func run() async {
        let keys = queues.map { RedisArgument(store.keys.wake($0)) }
        let command = RedisCommand("BLPOP", keys + [RedisArgument(Self.patience.components.seconds)])
        var backoff = Backoff()
        while true {
            let (isWanted, isStopped) = state.withLock { ($0.isWanted, $0.isStopped) }
            if isStopped { return }
            guard isWanted else {
                await wanted.wait()
                continue
            }
            do {
                let reply = try await connection.send(command, deadline: Self.patience + .seconds(5))
                backoff = Backoff()
                guard let key = reply.array?.first?.string else { continue }
                // Whoever listens next asks for it again; a full worker has no use for a ring.
                state.withLock { $0.isWanted = false }
                if running.free > 0 {
                    signal.raise()
                } else {
                    await ring(key)
                }
            } catch {
                if state.withLock({ $0.isStopped }) { return }
                let delay = backoff.next()
                logger.debug("doorbell lost, trying again", metadata: ["error": "\(error)"])
                await pause.wait(delay)
            }
        }
    }

    private func ring(_ list: String) async {
        do {
            _ = try await store.redis.send(RedisCommand("RPUSH", [RedisArgument(list), "1"]))
        } catch {
            // The next claim of any worker finds the job, within five seconds.
            logger.debug("ring not passed on", metadata: ["error": "\(error)"])
        }
    }
}
