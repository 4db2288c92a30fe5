internal import NIOCore
internal import Synchronization

/// What is to happen with the reply to one command.
struct Request: Sendable {
    /// The moment after which nobody waits for the reply any more.
    let deadline: NIODeadline
    /// The length of the encoded command, which lies in the ``CommandBuffer``.
    let byteCount: Int
    /// Set for a caller who may withdraw, which only those of a dedicated connection may.
    let cancellation: Cancellation?
    /// Called exactly once, on the event loop.
    let complete: @Sendable (Result<RedisValue, RedisError>) -> Void

    var isCancelled: Bool {
        cancellation?.isRequested ?? false
    }
}

/// Set by the caller when its task is cancelled, read on the event loop.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isRequested: Bool {
        flag.load(ordering: .acquiring)
    }

    func request() {
        flag.store(true, ordering: .releasing)
    }
}
