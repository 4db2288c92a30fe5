internal import Martlet
internal import Synchronization

/// That the worker is to stop, and when it stops because it is not well: why.
final class StopRequest: Sendable {
    let signal: WakeUp
    private let firstFailure: Mutex<JobError?> = Mutex(nil)

    init(signal: WakeUp) { self.signal = signal }

    /// What ``Worker/run()`` throws at its end.
    var failure: JobError? { firstFailure.withLock { $0 } }

    /// Has the worker stop as on SIGTERM, and ``Worker/run()`` throw.
    ///
    /// The first reason stands.
    func fail(_ error: JobError) {
        firstFailure.withLock { $0 = $0 ?? error }
        signal.raise()
    }
}
