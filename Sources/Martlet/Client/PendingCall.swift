internal import MartletScripts
internal import RedisClient
internal import Synchronization

/// A script call that was sent, with its answer once that has come.
///
/// It has one waiter.
final class PendingCall: Sendable {
    private enum State {
        case sent
        case awaited(CheckedContinuation<Result<RedisValue, RedisError>, Never>)
        case answered(Result<RedisValue, RedisError>)
    }

    let script: ScriptName
    let key: String
    let arguments: [RedisArgument]
    /// The instant at which the call was made.
    let sentAt = ContinuousClock.now
    private let state = Mutex(State.sent)

    init(script: ScriptName, key: String, arguments: [RedisArgument]) {
        self.script = script
        self.key = key
        self.arguments = arguments
    }

    /// Notes the answer and wakes the waiter; called once.
    @Sendable func complete(_ result: Result<RedisValue, RedisError>) {
        let waiter = state.withLock { state -> CheckedContinuation<Result<RedisValue, RedisError>, Never>? in
            guard case .awaited(let waiter) = state else {
                state = .answered(result)
                return nil
            }
            return waiter
        }
        waiter?.resume(returning: result)
    }

    /// Waits for the answer; called once.
    func result() async -> Result<RedisValue, RedisError> {
        await withCheckedContinuation { continuation in
            let result = state.withLock { state -> Result<RedisValue, RedisError>? in
                guard case .answered(let result) = state else {
                    state = .awaited(continuation)
                    return nil
                }
                return result
            }
            if let result { continuation.resume(returning: result) }
        }
    }
}
