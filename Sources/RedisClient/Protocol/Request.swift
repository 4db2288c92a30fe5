internal import NIOCore
internal import Synchronization

/// The handling of the reply to one command.
struct Request: Sendable {
    /// The moment after which nobody waits for the reply.
    let deadline: NIODeadline
    /// The length of the encoded command, which lies in the ``CommandBuffer``.
    let byteCount: Int
    /// The withdrawal of the caller; nil for a caller that cannot withdraw, as on all but dedicated connections.
    let cancellation: Cancellation?
    /// Called exactly once, on the event loop or by the caller that waits for the reply on its own thread.
    let complete: @Sendable (Result<RedisValue, RedisError>) -> Void

    var isCancelled: Bool {
        cancellation?.isRequested ?? false
    }
}

/// A flag that the caller sets when its task is cancelled, and that the event loop reads.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isRequested: Bool {
        flag.load(ordering: .acquiring)
    }

    func request() {
        flag.store(true, ordering: .releasing)
    }
}
