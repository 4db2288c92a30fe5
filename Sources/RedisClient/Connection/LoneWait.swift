internal import Synchronization

/// The waiting of callers for their replies on their own threads, by one of them at a time.
///
/// However many clients a process has, all other threads of Swift's pool stay free for other tasks.
final class LoneWait: Sendable {
    /// The one of this process.
    static let ofProcess = LoneWait(patience: .microseconds(300))

    /// The longest wait that is worth it; to be woken by another thread takes tens of microseconds.
    private let patience: Duration
    private let isUnderWay = Atomic(false)

    init(patience: Duration) {
        self.patience = patience
    }

    /// Waits for a reply, for a millisecond at most; returns nil when another caller waits already.
    func forReply(on socket: CallerSocket) -> (wait: CallerSocket.Wait, isWorthIt: Bool)? {
        alone {
            let start = ContinuousClock.now
            let wait = socket.wait(milliseconds: 1)
            return (wait, isWorthIt: wait == .readable && ContinuousClock.now - start <= patience)
        }
    }

    /// Does `body` unless another caller waits, and lets no other caller wait meanwhile.
    func alone<Result>(_ body: () -> Result) -> Result? {
        guard !isUnderWay.exchange(true, ordering: .acquiringAndReleasing) else { return nil }
        defer { isUnderWay.store(false, ordering: .releasing) }
        return body()
    }
}
