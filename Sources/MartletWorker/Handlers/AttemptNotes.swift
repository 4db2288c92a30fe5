package import FoundationEssentials
package import Martlet

/// The worker's side of a ``JobContext``: it records what a handler says of its attempt, and knows the attempt's time
/// limit.
package protocol AttemptNotes: Sendable {
    func report(_ report: SelfReport, _ text: String)
    func progress(_ fraction: Double, _ note: String)
    /// The time that the attempt may run.
    var timeLimit: Duration { get }
    /// Sets the time limit of the attempt, which counts from its beginning.
    func limit(to timeLimit: Duration)
    /// The end of the time limit by Redis's clock; nil unless the handler runs.
    var deadline: Date? { get }
}
