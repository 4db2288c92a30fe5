internal import Logging
internal import NIOCore

/// The connection of a client through its lives: it is made when there is something to send, and made again after a
/// loss.
///
/// The link is confined to its event loop. A request that comes while there is no connection is held until there is
/// one, until the attempt under way fails (it then gets that error), or until its deadline. At most one timer is set,
/// for a moment not after the earliest deadline of all that is held or in flight.
final class Link {
    private enum State {
        /// Nothing was tried yet, or the last connection ended.
        case idle
        /// The last attempt failed, and no other is made before this moment.
        case resting(until: NIODeadline)
        case connecting(ConnectionAttempt)
        case connected(Connection)
        case closed
    }

    private let configuration: RedisConfiguration
    private let eventLoop: any EventLoop
    private let connector: Connector
    private let shared: SharedCommandBuffer
    private var journal: LinkJournal
    private var state = State.idle
    private var held = CommandBuffer()
    private var backoff = Backoff()
    /// True when commands go out behind a handshake that has no answer yet.
    private var writesAhead = false
    /// The moment of the last look for a reply whose deadline has passed.
    private var lastLook: NIODeadline?
    private var timer: (deadline: NIODeadline, scheduled: Scheduled<Void>)?

    init(_ configuration: RedisConfiguration, eventLoop: any EventLoop, shared: SharedCommandBuffer, logger: Logger) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.shared = shared
        connector = Connector(configuration, eventLoop: eventLoop)
        journal = LinkJournal(logger: logger, address: configuration.description)
    }

    /// Takes the commands that callers left and sends them as soon as there is a connection.
    func flush() {
        let (ahead, buffer) = shared.take()
        held.append(contentsOf: buffer)
        guard case .connected(let connection) = state else { return advance() }
        connection.adopt(ahead)
        if !ahead.isEmpty { wake(at: connection.earliestDeadline()) }
        advance()
        connection.readReply(ahead)
    }

    /// Fails the requests whose callers are gone.
    func withdrawCancelled() {
        if case .connected(let connection) = state {
            connection.endIfCancelled()
        }
        flush()
    }

    /// Limits the rest between two attempts to connect to `longest`.
    func restAtMost(_ longest: Duration) {
        backoff.longest = min(backoff.longest, longest)
    }

    /// Writes commands behind the handshake of a new connection from now on, without waiting for its answer, and ends
    /// the rest between two attempts to connect.
    func writeAhead() {
        writesAhead = true
        if case .resting = state { state = .idle }
        flush()
    }

    /// Fails all requests under way, and every later one, with `.closed`.
    func close() {
        flush()
        let last = state
        state = .closed
        timer?.scheduled.cancel()
        timer = nil
        shared.noteLook(at: .distantFuture)
        switch last {
        case .connecting(let attempt): attempt.cancel()
        case .connected(let connection):
            connection.onEnd = nil
            connection.end(RedisError(.closed, "the client was closed", mayHaveBeenApplied: true))
        case .idle, .resting, .closed: break
        }
        advance()
    }

    private func advance() {
        if held.isCancellable {
            fail(held.remove(where: \.isCancelled)) { _ in
                RedisError(.closed, "cancelled before the command was sent to \(self.configuration)")
            }
        }
        guard !held.isEmpty else { return }
        switch state {
        case .connected(let connection) where !connection.isRetiring:
            let buffer = held.takeAll()
            connection.send(buffer)
            wake(at: buffer.earliestDeadline)
        case .connecting(let attempt) where writesAhead:
            attempt.send(held.takeAll())
        case .connected, .connecting:
            wake(at: held.earliestDeadline)
        case .resting(let until) where until > .now():
            wake(at: min(until, held.earliestDeadline))
        case .idle, .resting:
            wake(at: held.earliestDeadline)
            connect()
        case .closed:
            fail(held.takeAll().requests) { _ in RedisError(.closed, "the client was closed") }
        }
    }

    private func connect() {
        let attempt = ConnectionAttempt(configuration, eventLoop: eventLoop) { [weak self] in self?.attempted($0) }
        state = .connecting(attempt)
        if writesAhead { attempt.send(held.takeAll()) }
        attempt.start(with: connector)
    }

    private func attempted(_ result: Result<Connection, RedisError>) {
        switch result {
        case .success(let connection):
            connection.onEnd = { [weak self] in self?.ended($0) }
            state = .connected(connection)
            connection.open(to: shared)
            backoff.reset()
            journal.connected()
            wake(at: connection.earliestDeadline())
            advance()
        case .failure(let error):
            state = .resting(until: .now() + TimeAmount(backoff.next()))
            journal.disconnected(error)
            fail(held.takeAll().requests) { _ in error }
        }
    }

    private func ended(_ reason: RedisError) {
        state = .idle
        lastLook = nil
        // A caller that withdrew does not make an outage.
        if reason.code != .closed { journal.disconnected(reason) }
        advance()
    }

    // MARK: Deadlines

    private func wake(at deadline: NIODeadline) {
        guard deadline < timer?.deadline ?? .distantFuture else { return }
        timer?.scheduled.cancel()
        let scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            self?.timer = nil
            self?.shared.noteLook(at: .distantFuture)
            self?.expire(now: .now())
        }
        timer = (deadline, scheduled)
        shared.noteLook(at: deadline)
    }

    private func expire(now: NIODeadline) {
        fail(held.remove { $0.deadline <= now }) { _ in journal.timeout }
        if case .connected(let connection) = state {
            let earliest = connection.earliestDeadline()
            if earliest > now {
                lastLook = nil
                wake(at: earliest)
            } else if let look = lastLook, look <= now {
                connection.missDeadline(now: now)
            } else {
                // The reply may have come while this process stood still: the event loop reads before the last look.
                let look = lastLook ?? now + .milliseconds(1)
                lastLook = look
                wake(at: look)
            }
        }
        advance()
    }

    private func fail(_ requests: [Request], with error: (Request) -> RedisError) {
        requests.forEach { $0.complete(.failure(error($0))) }
    }
}
