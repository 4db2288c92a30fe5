internal import Logging
internal import Martlet

/// Hears what operators tell this worker: `cancel mail/01jd…`, `quiet on`, `quiet off`; and what a leader that resigns
/// does: `lead`.
///
/// Blocks on a list of its own, over a connection of its own, so that an order arrives within milliseconds, also when
/// every place is taken.
///
/// An order is a hint: that a job's cancel was asked for stands in its hash, and the next renewal of the lease tells
/// too.
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
            // A claim loop that listens looks up; one that waits for a place was told above.
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
