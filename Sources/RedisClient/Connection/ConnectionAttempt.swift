internal import NIOCore

/// An attempt to connect: it resolves, connects and shakes hands, all within the connect deadline.
///
/// It is confined to its event loop, and calls `completion` exactly once unless it is cancelled.
final class ConnectionAttempt {
    private let configuration: RedisConfiguration
    private let eventLoop: any EventLoop
    private var completion: ((Result<Connection, RedisError>) -> Void)?
    private var timer: Scheduled<Void>?
    private var connection: Connection?
    /// The commands that go out right behind the handshake.
    private var behind = CommandBuffer()

    init(
        _ configuration: RedisConfiguration,
        eventLoop: any EventLoop,
        completion: @escaping (Result<Connection, RedisError>) -> Void
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.completion = completion
    }

    func start(with connector: Connector) {
        let limit = TimeAmount(clamped: configuration.connectDeadline)
        timer = eventLoop.assumeIsolated().scheduleTask(in: limit) { [self] in
            fail("no answer within \(configuration.connectDeadline)")
        }
        do {
            try connector.open().assumeIsolated().whenComplete { [self] in opened($0) }
        } catch {
            finish(.failure(refused(error)))
        }
    }

    /// Writes commands behind the handshake without waiting for its answer.
    ///
    /// They fail when the attempt fails.
    func send(_ buffer: CommandBuffer) {
        if let connection {
            connection.send(buffer)
        } else {
            behind.append(contentsOf: buffer)
        }
    }

    /// Gives up without calling `completion`.
    func cancel() {
        completion = nil
        fail("cancelled")
    }

    private func opened(_ result: Result<any Channel, any Error>) {
        switch result {
        case .failure(let error):
            finish(.failure(refused(error)))
        case .success(let channel) where timer == nil:
            channel.close(promise: nil)  // too late
        case .success(let channel):
            do {
                shakeHands(over: try channel.pipeline.syncOperations.handler(type: Connection.self))
            } catch {
                fail("the connection was closed at once")
            }
        }
    }

    private func shakeHands(over connection: Connection) {
        self.connection = connection
        connection.onEnd = { [self] in finish(.failure(refused($0))) }
        let handshake = Handshake(configuration)
        let replies = NIOLoopBoundBox<[Result<RedisValue, RedisError>]>([], eventLoop: eventLoop)
        let attempt = NIOLoopBound(self, eventLoop: eventLoop)
        var buffer = CommandBuffer()
        for command in handshake.commands {
            buffer.append(command, deadline: .distantFuture) { reply in
                replies.value.append(reply)
                guard replies.value.count == handshake.commands.count else { return }
                attempt.value.judge(handshake.failure(in: replies.value))
            }
        }
        buffer.append(contentsOf: behind.takeAll())
        connection.send(buffer)
    }

    private func judge(_ failure: RedisError?) {
        if let failure {
            finish(.failure(failure))
        } else if let connection {
            connection.onEnd = nil
            self.connection = nil
            finish(.success(connection))
        }
    }

    private func fail(_ why: String) {
        finish(.failure(RedisError(.connection, "cannot connect to \(configuration): \(why)")))
    }

    private func refused(_ error: any Error) -> RedisError {
        guard let error = error as? RedisError else {
            return RedisError(.connection, "cannot connect to \(configuration): \(describe(ioError: error))")
        }
        return RedisError(error.code, error.message)
    }

    private func finish(_ result: Result<Connection, RedisError>) {
        guard let timer else { return }
        timer.cancel()
        self.timer = nil
        connection?.onEnd = nil
        if case .failure(let error) = result {
            connection?.end(RedisError(error.code, error.message, mayHaveBeenApplied: true))
            behind.takeAll().requests.forEach { $0.complete(.failure(error)) }
        }
        connection = nil
        let completion = completion
        self.completion = nil
        completion?(result)
    }
}
