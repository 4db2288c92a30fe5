internal import Glibc
internal import Synchronization

/// A pipe or a process descriptor of ours, and one task at a time that waits until it is readable.
///
/// Closed when the last reference goes.
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

    /// Returns when there is something to read (the end counts), after `interrupt`, and after the limit, if one is
    /// given; now and then with no reason at all.
    func readable(within limit: Duration? = nil) async {
        if let limit { thread.perform(after: limit) { [weak self] in self?.notify() } }
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.isInterrupted {
                    continuation.resume()
                } else {
                    state.waiter = continuation
                    // Under the lock: an interruption must not slip in between and leave us armed.
                    thread.arm(self)
                }
            }
        }
    }

    /// From now on nobody waits here.
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

    /// Called by the thread: there may be something to read.
    func notify() {
        state.withLock { $0.waiter.take() }?.resume()
    }
}
