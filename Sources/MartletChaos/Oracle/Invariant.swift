/// A promise that has to hold in every run, or something else that may go wrong in one.
///
/// Reports name it by its raw value. I9, that an archive has what has gone from Redis, is not checked in a run: the
/// tests of the archive kill its processes at each step.
enum Invariant: String, Sendable, CaseIterable {
    /// A job that was taken in is in Redis until it has gone by its retention, in exactly one state, and ends.
    case keptOnce = "I1"
    /// A job ends once for each round, by an attempt that asked for it, and answers say what became of it.
    case endsOnce = "I2"
    /// A lease that runs is nobody else's: each claim gives out a higher token, and none takes a lease before its end.
    case leasesHold = "I3"
    /// A job runs once for each claim, and an attempt is spent or given back as its end says.
    case oneOwner = "I4"
    /// A log and a progress are those of the attempt that runs, and whole when it succeeds.
    case ownLog = "I5"
    /// Each slot of a schedule is decided once, not before its time, and its job is enqueued once.
    case slotsOnce = "I6"
    /// Hashes, sets, logs and lists agree with each other.
    case indexesAgree = "I7"
    /// When every job is past its retention, Redis holds what it held before the first.
    case emptied = "I8"
    /// A call that is refused changes nothing.
    case refusalsChangeNothing = "I10"

    /// The run itself could not be made.
    case harness
    /// A fault point was never reached.
    case point
    /// A worker did not stop in time.
    case stop
    /// A worker ended by itself.
    case crash
    /// The queue was not drained.
    case drain
    /// Jobs of dead workers came back too late.
    case recovery
    /// Work went on too late after an outage, or cost attempts.
    case outage

    /// True for a promise of the product about what Redis holds, false for what may go wrong with a run.
    var isPromise: Bool { rawValue.hasPrefix("I") }
}
