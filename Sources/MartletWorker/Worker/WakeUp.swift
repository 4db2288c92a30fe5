internal import NIOCore
internal import Synchronization

/// Wakes one waiter by a call, after a time, or for good.
///
/// A call that comes while nobody waits is kept, so that no wake-up is lost between a look and the wait that follows
/// it. A loop that can be stopped waits with it, and ends when ``wait(_:)`` returns false.
final class WakeUp: Sendable {
    fileprivate struct State {
        var isRaised = false
        var isStopped = false
        var waiter: CheckedContinuation<Void, Never>?
        var timer: Scheduled<Void>?
        var turn = 0
    }
    private let state = Mutex(State())
    private let eventLoop: any EventLoop

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Wakes the waiter, or the next one that comes.
    func raise() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiter = state.waiter else {
                state.isRaised = true
                return nil
            }
            return state.take(waiter)
        }
        waiter?.resume()
    }

    /// Ends the wait that is under way, and from now on each wait at once.
    func stop() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isStopped = true
            return state.waiter.map { state.take($0) }
        }
        waiter?.resume()
    }

    var isStopped: Bool { state.withLock(\.isStopped) }

    /// Takes back a call that nobody has waited for yet.
    func lower() -> Bool {
        state.withLock { state in
            defer { state.isRaised = false }
            return state.isRaised
        }
    }

    /// Waits for a call, for `timeout` at most where one is given.
    ///
    /// The timer is the event loop's, where a cancelled timer leaves nothing behind.
    /// - Returns: false once it is stopped.
    /// - Precondition: nobody else waits.
    @discardableResult
    func wait(_ timeout: Duration? = nil) async -> Bool {
        await withCheckedContinuation { continuation in
            let turn = state.withLock { state -> Int? in
                precondition(state.waiter == nil, "a wake-up has one waiter at a time")
                if state.isRaised || state.isStopped {
                    state.isRaised = false
                    return nil
                }
                state.waiter = continuation
                state.turn += 1
                return state.turn
            }
            guard let turn else { return continuation.resume() }
            guard let timeout else { return }
            let timer = eventLoop.scheduleTask(in: .nanoseconds(timeout.nanoseconds)) { self.expire(turn) }
            let isLate = state.withLock { state in
                guard state.turn == turn, state.waiter != nil else { return true }
                state.timer = timer
                return false
            }
            if isLate { timer.cancel() }
        }
        return !isStopped
    }

    private func expire(_ turn: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.turn == turn, let waiter = state.waiter else { return nil }
            return state.take(waiter)
        }
        waiter?.resume()
    }
}

extension WakeUp.State {
    fileprivate mutating func take(
        _ waiter: CheckedContinuation<Void, Never>
    ) -> CheckedContinuation<Void, Never> {
        self.waiter = nil
        timer?.cancel()
        timer = nil
        return waiter
    }
}

extension Duration {
    /// The duration in whole nanoseconds, at most what an Int64 holds.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds > 9_000_000_000 ? .max : seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
