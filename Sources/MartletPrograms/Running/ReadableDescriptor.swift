internal import Glibc
internal import Synchronization

/// A pipe or a process descriptor, for which one task at a time waits until it is readable.
///
/// It is closed when the last reference goes.
final class ReadableDescriptor: Sendable {
    private struct State {
        var waiter: CheckedContinuation<Void, Never>?
        var isInterrupted = false
    }

    let number: CInt
    let token: UInt64
    private let thread: LauncherThread
    private let state = Mutex(State())

    init(_ descriptor: consuming OwnedDescriptor, on thread: LauncherThread) throws(CommandFailure) {
        token = try thread.add(descriptor.number)
        number = descriptor.release()
        self.thread = thread
    }

    deinit {
        thread.remove(number)
        close(number)
    }

    /// Waits until there is something to read, the end of the stream included, until `interrupt` is called, or until
    /// the limit, if one is given, has passed.
    ///
    /// It may also return without a reason.
    func readable(within limit: Duration? = nil) async {
        if let limit { thread.perform(after: limit) { [weak self] in self?.notify() } }
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.isInterrupted {
                    continuation.resume()
                } else {
                    state.waiter = continuation
                    // This is done under the lock: an interruption must not come in between and leave the descriptor
                    // armed.
                    thread.arm(self)
                }
            }
        }
    }

    /// Ends the current wait and every later one.
    func interrupt() {
        let waiter = state.withLock { state in
            state.isInterrupted = true
            thread.disarm(self)
            return state.waiter.take()
        }
        waiter?.resume()
    }

    var isInterrupted: Bool {
        state.withLock { $0.isInterrupted }
    }

    /// Ends the wait because there may be something to read; the launcher thread calls it.
    func notify() {
        state.withLock { $0.waiter.take() }?.resume()
    }
}
