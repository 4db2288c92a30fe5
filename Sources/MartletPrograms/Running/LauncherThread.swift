internal import CLauncher
internal import Foundation
internal import Glibc
internal import Synchronization

/// The one thread that starts every command and waits for all of them.
///
/// It lives as long as the process, because the kernel ties a command's life to the thread that started it
/// (PR_SET_PDEATHSIG). It sleeps in epoll until a pipe has bytes, a process has ended or work is handed over.
final class LauncherThread: Sendable {
    private struct Work {
        let due: ContinuousClock.Instant
        let run: @Sendable () -> Void
    }

    private struct State {
        var work: [Work] = []
        var armed: [UInt64: ReadableDescriptor] = [:]
        var lastToken: UInt64 = 0
    }

    /// Token 0 is the wake-up descriptor's.
    private let wakeUp: CInt
    private let poll: CInt
    private let state = Mutex(State())

    init() throws(CommandFailure) {
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard poll >= 0 else { throw .system("epoll_create1", errno) }
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeUp >= 0 else {
            let error = errno
            close(poll)
            throw .system("eventfd", error)
        }
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: 0))
        guard epoll_ctl(poll, EPOLL_CTL_ADD, wakeUp, &event) == 0 else {
            let error = errno
            close(poll)
            close(wakeUp)
            throw .system("epoll_ctl", error)
        }
        Thread.detachNewThread { self.run() }
    }

    /// Runs `work` on the thread, after a delay if one is given.
    ///
    /// The work must not wait for anything.
    func perform(after delay: Duration = .zero, _ work: @escaping @Sendable () -> Void) {
        state.withLock { $0.work.append(Work(due: .now + delay, run: work)) }
        // The write fails only when the counter is full, and then the thread is awake anyway.
        eventfd_write(wakeUp, 1)
    }

    /// Suspends for a while, and a cancelled task for as long as any other.
    func rest(_ duration: Duration) async {
        await withCheckedContinuation { continuation in
            perform(after: duration) { continuation.resume() }
        }
    }

    private func run() -> Never {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let count = epoll_wait(poll, &events, Int32(events.count), millisecondsUntilWork())
            // A count below zero is an interruption by a signal: the thread looks at its work and waits again.
            for event in events.prefix(max(0, Int(count))) {
                let token = event.data.u64
                if token == 0 {
                    var value: eventfd_t = 0
                    eventfd_read(wakeUp, &value)
                } else {
                    state.withLock { $0.armed.removeValue(forKey: token) }?.notify()
                }
            }
            takeDueWork().forEach { $0.run() }
        }
    }

    private func takeDueWork() -> [Work] {
        let now = ContinuousClock.now
        return state.withLock { state in
            let due = state.work.filter { $0.due <= now }
            if !due.isEmpty { state.work.removeAll { $0.due <= now } }
            return due
        }
    }

    private func millisecondsUntilWork() -> Int32 {
        guard let next = state.withLock({ $0.work.map(\.due).min() }) else { return -1 }
        let wait = max(.zero, next - .now)
        // The wait is rounded up: a shorter one would only go round once more for nothing.
        return Int32(clamping: Int64((wait / .milliseconds(1)).rounded(.up)))
    }
}

/// The part of the thread that `ReadableDescriptor` needs.
extension LauncherThread {
    /// Adds a descriptor, without any notification yet, and returns its token.
    func add(_ descriptor: CInt) throws(CommandFailure) -> UInt64 {
        let token = state.withLock { state in
            state.lastToken += 1
            return state.lastToken
        }
        guard control(EPOLL_CTL_ADD, descriptor, token: token, events: 0) else { throw .system("epoll_ctl", errno) }
        return token
    }

    /// Asks for one notification, at once when there is something to read already.
    func arm(_ descriptor: ReadableDescriptor) {
        state.withLock { $0.armed[descriptor.token] = descriptor }
        let isArmed = control(EPOLL_CTL_MOD, descriptor.number, token: descriptor.token, events: EPOLLIN.rawValue)
        precondition(isArmed, "a watched descriptor was closed behind its owner's back")
    }

    func disarm(_ descriptor: ReadableDescriptor) {
        state.withLock { $0.armed[descriptor.token] = nil }
    }

    func remove(_ descriptor: CInt) {
        _ = control(EPOLL_CTL_DEL, descriptor, token: 0, events: 0)
    }

    private func control(_ operation: CInt, _ descriptor: CInt, token: UInt64, events: UInt32) -> Bool {
        var event = epoll_event(events: events | EPOLLONESHOT.rawValue, data: epoll_data_t(u64: token))
        return epoll_ctl(poll, operation, descriptor, &event) == 0
    }
}
