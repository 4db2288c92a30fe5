internal import Martlet
internal import Synchronization

/// The request that the worker stops, with the reason when it stops because it is not healthy.
final class StopRequest: Sendable {
    let signal: WakeUp
    private let firstFailure: Mutex<JobError?> = Mutex(nil)

    init(signal: WakeUp) { self.signal = signal }

    /// The error that ``Worker/run()`` throws at its end; nil for none.
    var failure: JobError? { firstFailure.withLock { $0 } }

    /// Stops the worker as SIGTERM does, and makes ``Worker/run()`` throw `error`.
    ///
    /// The first error counts.
    func fail(_ error: JobError) {
        firstFailure.withLock { $0 = $0 ?? error }
        signal.raise()
    }
}
