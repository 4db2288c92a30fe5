package import MartletScripts
internal import NIOCore
package import RedisClient

/// The scripts in `lua` as methods, which stand in the extensions beside this file.
///
/// A method builds the keys and arguments and reads the reply; the script decides what is allowed. This file holds what
/// they share: how a script is sent, sent again, and its reply waited for.
package struct JobStore: Sendable {
    package let redis: RedisClient
    package let keys: Keys
    private let scripts: [ScriptName: RedisScript]
    private let tap: ScriptTap?
    /// The checks of the server that this process has passed.
    let checks = ServerChecks()

    package init(redis: RedisClient, prefix: String, library: ScriptLibrary, tap: ScriptTap? = nil) {
        self.redis = redis
        self.tap = tap
        self.keys = Keys(prefix: prefix)
        self.scripts = Dictionary(
            uniqueKeysWithValues: ScriptName.allCases.map {
                ($0, RedisScript(name: $0.rawValue, source: library.source($0)))
            }
        )
    }

    package func script(_ name: ScriptName) -> RedisScript {
        guard let script = scripts[name] else { preconditionFailure("there is no script \(name.rawValue)") }
        return script
    }

    /// Runs a script.
    ///
    /// When the reply was lost on the wire, the script is sent again, twice at most: every script is safe to send
    /// again, but for `claim` and `disclaim`, which have their own way and pass `resends: false`. Before the first call
    /// it is checked that the user may run all commands of the script.
    func run(
        _ name: ScriptName,
        on key: String,
        _ arguments: [RedisArgument],
        resends: Bool = true
    ) async throws(JobError) -> ScriptReply {
        try await checkRights(of: name, on: key)
        return try await answer(to: start(name, on: key, arguments), resends: resends)
    }

    /// Sends a script call without waiting for its answer, which ``answer(to:resends:again:)`` has to fetch.
    func start(_ name: ScriptName, on key: String, _ arguments: [RedisArgument]) -> PendingCall {
        let pending = PendingCall(script: name, key: key, arguments: arguments)
        call(name, on: key, arguments, willAwait: true, completion: pending.complete)
        return pending
    }

    /// Waits for the answer to a call that was started, and sends it again as ``run(_:on:_:resends:)`` does.
    ///
    /// `again` gives further arguments for a call that is sent again, from the instant at which it was first sent.
    func answer(
        to call: PendingCall,
        resends: Bool = true,
        again: (ContinuousClock.Instant) async throws(JobError) -> [RedisArgument] = { _ in [] }
    ) async throws(JobError) -> ScriptReply {
        let (name, key, arguments, sentAt) = (call.script, call.key, call.arguments, call.sentAt)
        var lost = 0
        var call = call
        while true {
            redis.awaitReply()
            switch await call.result() {
            case .success(let value): return try ScriptReply(name, value, isResent: lost > 0)
            case .failure(let error):
                // A right was taken away. Until it is back, each script is asked about before it writes anything.
                if error.code == .noPermission { checks.forgetRights() }
                if error.code == .noPermission, lost == 0 { throw refused(name, error.message) }
                guard resends, error.mayHaveBeenApplied, error.isOutage, lost < 2 else {
                    // An earlier sending may have been applied, whatever became of the last one.
                    let isUnknown = lost > 0 || error.mayHaveBeenApplied
                    throw JobError(RedisError(error.code, error.message, mayHaveBeenApplied: isUnknown))
                }
                lost += 1
                call = start(name, on: key, arguments + (try await again(sentAt)))
            }
        }
    }

    /// Sends plain commands in one write, and returns their replies when all went well.
    @discardableResult
    package func send(_ commands: [RedisCommand]) async throws(JobError) -> [RedisValue] {
        var values: [RedisValue] = []
        for (command, result) in zip(commands, await redis.send(commands)) {
            do {
                values.append(try result.get())
            } catch {
                throw failure(of: command, error)
            }
        }
        return values
    }

    /// Sends a script call; every one goes through here.
    ///
    /// `completion` runs on the event loop, or in `awaitReply()` of a caller that `willAwait`.
    func call(
        _ name: ScriptName,
        on key: String,
        _ arguments: [RedisArgument],
        willAwait: Bool = false,
        completion: @escaping @Sendable (Result<RedisValue, RedisError>) -> Void
    ) {
        guard let tap else {
            return redis.submit(
                script: script(name),
                keys: [key],
                arguments: arguments,
                willAwait: willAwait,
                completion: completion
            )
        }
        tap(name, arguments, .beforeSend)
        redis.submit(script: script(name), keys: [key], arguments: arguments, willAwait: willAwait) { result in
            tap(name, arguments, .afterReply(result))
            completion(result)
        }
        // It runs after the write that the call above has asked the loop for.
        redis.eventLoop.execute { tap(name, arguments, .afterSend) }
    }
}

/// The moments of a script call.
package enum ScriptMoment: Sendable {
    case beforeSend
    case afterSend
    case afterReply(Result<RedisValue, RedisError>)
}

/// A function that is called at each moment of every script call, on the thread of that moment.
///
/// A test kit writes the calls down with it, or makes the process die during one.
package typealias ScriptTap = @Sendable (ScriptName, [RedisArgument], ScriptMoment) -> Void
