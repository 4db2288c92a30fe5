package import Logging
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// An asynchronous client with one connection to Redis, which is made at first use and made again after a loss.
///
/// 1. A caller on any thread appends its encoded command to a buffer.
/// 2. The event loop writes all that has gathered since in one piece, once there is a connection. A caller that makes
///    one call after the other, while nobody else does, writes its commands and reads their replies itself, unless
///    there is TLS.
/// 3. Replies resume the callers in the order of the commands, which is the order of the calls.
///
/// Every call ends by its deadline with its reply or a ``RedisError``. A failed attempt to connect fails the calls that
/// wait for it; further attempts are spaced by a backoff, and later calls wait for the next one.
///
/// Cancelling the task of a caller changes nothing on a shared client: the caller waits for its reply, which the
/// deadline bounds. On a ``dedicated(name:)`` client the call fails with `.closed`. If the command was already written,
/// the connection is closed with it, because a blocked command cannot be withdrawn in another way.
public final class RedisClient: Sendable {
    /// The address that the client connects to, and its deadlines.
    package let configuration: RedisConfiguration
    /// The loop that carries the connection and calls completions.
    package let eventLoop: any EventLoop

    private let logger: Logger
    private let isDedicated: Bool
    let scripts: ScriptTable
    private let buffer: SharedCommandBuffer
    private let link: NIOLoopBoundBox<Link>
    private let callersMayWrite = Atomic(true)

    /// Makes a client that has not connected yet.
    ///
    /// `eventLoop` is any loop of the process-wide group when nil.
    package convenience init(
        _ configuration: RedisConfiguration,
        logger: Logger,
        eventLoop: (any EventLoop)? = nil
    ) {
        self.init(
            configuration,
            logger: logger,
            eventLoop: eventLoop ?? MultiThreadedEventLoopGroup.singleton.any(),
            scripts: ScriptTable(),
            isDedicated: false
        )
    }

    private init(
        _ configuration: RedisConfiguration,
        logger: Logger,
        eventLoop: any EventLoop,
        scripts: ScriptTable,
        isDedicated: Bool
    ) {
        self.configuration = configuration
        self.logger = logger
        self.eventLoop = eventLoop
        self.scripts = scripts
        self.isDedicated = isDedicated
        buffer = SharedCommandBuffer(maximumReplyBytes: configuration.maximumReplyBytes)
        link = .makeBoxSendingValue(
            Link(configuration, eventLoop: eventLoop, shared: buffer, logger: logger),
            eventLoop: eventLoop
        )
    }

    deinit {
        eventLoop.execute { [link] in link.value.close() }
    }

    /// Makes a client with a connection of its own for blocking commands, with the same configuration and event loop.
    ///
    /// `name` is shown by `CLIENT LIST`; it has no spaces.
    package func dedicated(name: String) -> RedisClient {
        var configuration = configuration
        configuration.clientName = name
        return RedisClient(
            configuration,
            logger: logger,
            eventLoop: eventLoop,
            scripts: scripts,
            isDedicated: true
        )
    }

    /// Limits the rest between two attempts to connect to `longest`; without this call it is at most five seconds.
    ///
    /// It is for a program that has to be back soon after the server is.
    package func restAtMost(_ longest: Duration) {
        eventLoop.execute { [link] in link.value.restAtMost(longest) }
    }

    /// Writes commands right behind the handshake of a new connection from now on, without waiting for its answer.
    ///
    /// It is for a process that ends soon: a server that stands still finds in its socket what the process had to say.
    package func writeAhead() {
        eventLoop.execute { [link] in link.value.writeAhead() }
    }

    /// Has the event loop write all commands and read all replies from now on, and no caller.
    ///
    /// It is for a test kit that breaks a process off between a command and its reply.
    package func leaveAllToEventLoop() {
        callersMayWrite.store(false, ordering: .relaxed)
    }

    /// Closes the connection.
    ///
    /// Calls under way and all later ones fail with `.closed`.
    package func close() async {
        await withCheckedContinuation { continuation in
            eventLoop.execute { [link] in
                link.value.close()
                continuation.resume()
            }
        }
    }

    // MARK: Commands

    /// Sends one command and returns its reply.
    ///
    /// `deadline` is the time from the call to the reply; the configuration's `commandDeadline` when nil. A blocking
    /// command needs a deadline longer than its own timeout. A missed deadline closes the connection.
    ///
    /// - Throws: The typed error for an error reply, or the reason why no reply came.
    package func send(_ command: RedisCommand, deadline: Duration? = nil) async throws(RedisError) -> RedisValue {
        let due = due(deadline)
        return try await reply { cancellation, complete in
            append(willAwait: true) {
                $0.append(command, deadline: due, cancellation: cancellation, complete: complete)
            }
        }.get()
    }

    /// Sends commands in one write; no other command comes between them.
    ///
    /// Returns one result for each, in order.
    package func send(
        _ commands: [RedisCommand],
        deadline: Duration? = nil
    ) async -> [Result<RedisValue, RedisError>] {
        guard !commands.isEmpty else { return [] }
        let due = due(deadline)
        return await reply { cancellation, complete in
            // The commands are written together, so they also fail together, and the results come in order either way.
            let results = NIOLoopBoundBox.makeBoxSendingValue(
                [Result<RedisValue, RedisError>](),
                eventLoop: eventLoop
            )
            append { buffer in
                for command in commands {
                    buffer.append(command, deadline: due, cancellation: cancellation) { result in
                        results.value.append(result)
                        if results.value.count == commands.count { complete(results.value) }
                    }
                }
            }
        }
    }
}

// MARK: Plumbing

extension RedisClient {
    func due(_ deadline: Duration?) -> NIODeadline {
        .now() + TimeAmount(clamped: deadline ?? configuration.commandDeadline)
    }

    /// Appends commands; `willAwait` is true for a caller that calls ``awaitReply()`` before it suspends.
    func append(willAwait: Bool = false, _ fill: (inout CommandBuffer) -> Void) {
        // On the event loop itself nothing has to be woken, and all commands of one turn go with one write. The reply
        // to a blocking command, on a dedicated client, is not worth waiting for.
        let mayWrite = callersMayWrite.load(ordering: .relaxed) && !eventLoop.inEventLoop
        take(buffer.append(mayWrite: mayWrite, willAwait: willAwait && !isDedicated, fill))
    }

    /// Waits on this thread, for a millisecond at most, for the reply to the command that it has just sent, where that
    /// spares it being woken.
    ///
    /// A caller that sent a command with `willAwait` calls it before it suspends. Without the call the reply may come
    /// as late as the deadline of an earlier command.
    package func awaitReply() {
        guard !eventLoop.inEventLoop else { return }
        take(buffer.awaitReply())
    }

    private func take(_ next: SharedCommandBuffer.Next) {
        switch next {
        case .nothing: break
        case .flush: eventLoop.execute { [link] in link.value.flush() }
        }
    }

    /// Waits for the call that `start` begins; the caller may withdraw on a dedicated connection only.
    func reply<Reply: Sendable>(
        _ start: (Cancellation?, @escaping @Sendable (Reply) -> Void) -> Void
    ) async -> Reply {
        guard isDedicated else {
            return await withCheckedContinuation { continuation in
                start(nil) { continuation.resume(returning: $0) }
                awaitReply()
            }
        }
        let cancellation = Cancellation()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                start(cancellation) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            cancellation.request()
            eventLoop.execute { [link] in link.value.withdrawCancelled() }
        }
    }
}
