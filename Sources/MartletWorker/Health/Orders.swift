internal import Logging
internal import Martlet

/// Hears the orders of operators, `cancel mail/01jd…`, `quiet on` and `quiet off`, and `lead` from a leader that
/// resigns.
///
/// It blocks on a list of its own over a connection of its own, so that an order arrives within milliseconds, even when
/// every place is taken.
///
/// A lost order does no harm: a job's hash says that its cancel was asked for, and the next renewal of its lease tells
/// that, too.
final class Orders: Sendable {
    private let listener: ListListener
    private let running: RunningJobs
    private let doorbell: Doorbell
    private let heartbeat: Heartbeat
    private let leader: Leader
    private let logger: Logger

    init(_ worker: WorkerContext, doorbell: Doorbell, heartbeat: Heartbeat, leader: Leader) {
        self.listener = ListListener([worker.store.keys.orders(worker.id)], name: "martlet-orders", worker: worker)
        self.running = worker.running
        self.doorbell = doorbell
        self.heartbeat = heartbeat
        self.leader = leader
        self.logger = worker.logger
    }

    func stop() async {
        await listener.stop()
    }

    func run() async {
        while let (_, order) = await listener.next() {
            obey(order)
        }
    }

    private func obey(_ order: String) {
        let words = order.split(separator: " ").map(String.init)
        if words.count == 2, words[0] == "cancel", let id = try? JobID(words[1]) {
            running.cancel(id)
        } else if words == ["quiet", "on"] || words == ["quiet", "off"] {
            running.quiet(words[1] == "on")
            // This wakes a claim loop that listens at the doorbell. One that waits for a place was woken above.
            doorbell.wake()
            heartbeat.beatNow()
            logger.notice(words[1] == "on" ? "quiet: claiming nothing" : "no longer quiet: claiming again")
        } else if words == ["lead"] {
            leader.stand()
        } else {
            logger.warning("unknown order", metadata: ["order": "\(Printable.escaped(order, limit: 200))"])
        }
    }
}
