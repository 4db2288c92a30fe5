internal import NIOCore

extension RedisClient {
    /// Runs a script by its SHA, or by its source when the server does not know it, and returns its reply.
    ///
    /// The SHA is the server's own: the first call sends the source and asks for the SHA right behind. A server that
    /// was restarted or flushed answers NOSCRIPT and then gets the source once. Deadline and errors are those of
    /// `send`.
    package func evaluate(
        _ script: RedisScript,
        keys: [String],
        arguments: [RedisArgument],
        deadline: Duration? = nil
    ) async throws(RedisError) -> RedisValue {
        let due = due(deadline)
        return try await reply { cancellation, complete in
            submit(
                script,
                operands(keys, arguments),
                due: due,
                cancellation: cancellation,
                willAwait: true,
                complete: complete
            )
        }.get()
    }

    /// Runs a script as ``evaluate(_:keys:arguments:deadline:)`` does, without a task and from any thread.
    ///
    /// `completion` is called once, on the event loop, so nothing here depends on a free thread of Swift's pool. Where
    /// `willAwait` is true, the caller calls ``awaitReply()`` before it suspends, and that may call `completion`.
    package func submit(
        script: RedisScript,
        keys: [String],
        arguments: [RedisArgument],
        deadline: Duration? = nil,
        willAwait: Bool = false,
        completion: @escaping @Sendable (Result<RedisValue, RedisError>) -> Void
    ) {
        submit(
            script,
            operands(keys, arguments),
            due: due(deadline),
            cancellation: nil,
            willAwait: willAwait,
            complete: completion
        )
    }

    /// Tells the server a script before its first call, so that this call is short.
    ///
    /// It sends nothing when the SHA is known or asked for already. When the server refuses SCRIPT LOAD, each call
    /// sends the source.
    ///
    /// - Throws: ``RedisError`` when no reply came.
    package func load(_ script: RedisScript) async throws(RedisError) {
        guard scripts.plan(for: script) == .sourceThenLoad else { return }
        do throws(RedisError) {
            let sha = try await send(RedisCommand("SCRIPT", ["LOAD", RedisArgument(script.source)]))
            scripts.learn(.success(sha), for: script)
        } catch {
            scripts.learn(.failure(error), for: script)
            guard error.code == .server || error.code == .noPermission else { throw error }
        }
    }

    private func operands(_ keys: [String], _ arguments: [RedisArgument]) -> [RedisArgument] {
        [RedisArgument(keys.count)] + keys.map { RedisArgument($0) } + arguments
    }

    private func submit(
        _ script: RedisScript,
        _ operands: [RedisArgument],
        due: NIODeadline,
        cancellation: Cancellation?,
        willAwait: Bool,
        complete: @escaping @Sendable (Result<RedisValue, RedisError>) -> Void
    ) {
        let source = RedisArgument(script.source)
        // The command is made only when it is needed: the operands of a large call are many.
        let evaluateSource: @Sendable () -> RedisCommand = { RedisCommand("EVAL", [source] + operands) }
        append(willAwait: willAwait) { buffer in
            // The table is asked under the buffer's lock, so that calls run in the order in which they asked.
            let plan = scripts.plan(for: script)
            guard case .sha(let sha) = plan else {
                buffer.append(evaluateSource(), deadline: due, cancellation: cancellation, complete: complete)
                if plan == .sourceThenLoad {
                    let load = RedisCommand("SCRIPT", ["LOAD", source])
                    buffer.append(load, deadline: due) { [scripts] in scripts.learn($0, for: script) }
                }
                return
            }
            let evaluateSHA = RedisCommand("EVALSHA", [RedisArgument(sha)] + operands)
            buffer.append(evaluateSHA, deadline: due, cancellation: cancellation) { [self] result in
                guard case .failure(let error) = result, error.code == .noScript else { return complete(result) }
                append {
                    $0.append(evaluateSource(), deadline: due, cancellation: cancellation, complete: complete)
                }
            }
        }
    }
}
