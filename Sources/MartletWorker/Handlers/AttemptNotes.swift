package import FoundationEssentials
package import Martlet

/// Takes down what a handler says of its attempt, and tells how long that may run: the worker's side of a
/// ``JobContext``.
package protocol AttemptNotes: Sendable {
    func report(_ report: SelfReport, _ text: String)
    func progress(_ fraction: Double, _ note: String)
    /// How long the attempt may run.
    var timeLimit: Duration { get }
    /// Has the attempt end this long after it began.
    func limit(to timeLimit: Duration)
    /// When that will be; nil unless the handler runs.
    var deadline: Date? { get }
}
