internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Hears what operators tell this worker: `cancel mail/01jd…`. Blocks on a list of its own, over a connection of its own,
/// so that an order arrives within milliseconds, also when every place is taken.
///
/// An order is a hint: that a job's cancel was asked for stands in its hash, and the next renewal of the lease tells
/// too.
final class Orders: Sendable {
    private let connection: RedisClient
    private let list: String
    private let running: RunningJobs
    private let logger: Logger
    private let pause: Signal
    private let isStopped = Mutex(false)

    private static let patience = Duration.seconds(60)

    init(_ worker: WorkerContext) {
        self.connection = worker.store.redis.dedicated(name: "martlet-orders")
        self.list = worker.store.keys.orders(worker.id)
        self.running = worker.running
        self.logger = worker.logger
        self.pause = worker.makeSignal()
    }

    func stop() async {
        isStopped.withLock { $0 = true }
        pause.raise()
        await connection.close()
    }

    func run() async {
        let command = RedisCommand(
            "BLPOP",
            [RedisArgument(list), RedisArgument(Self.patience.components.seconds)]
        )
        var backoff = Backoff()
        while !isStopped.withLock({ $0 }) {
            do {
                let reply = try await connection.send(command, deadline: Self.patience + .seconds(5))
                backoff = Backoff()
                if let order = reply.array?.last?.string { obey(order) }
            } catch {
                if isStopped.withLock({ $0 }) { return }
                logger.debug("orders not heard, trying again", metadata: ["error": "\(error)"])
                await pause.wait(backoff.next())
            }
        }
    }

    private func obey(_ order: String) {
        let words = order.split(separator: " ")
        guard words.count == 2, words[0] == "cancel", let id = try? JobID(String(words[1])) else {
            logger.warning("unknown order", metadata: ["order": "\(Printable.escaped(order, limit: 200))"])
            return
        }
        running[id]?.stop(.cancelled)
    }
}
