/// A promise that was not kept.
struct Violation: Sendable, Hashable, CustomStringConvertible {
    /// Which one: I1 to I10 of the oracle, or what went wrong outside of them.
    let invariant: String
    /// The job it happened to, if it is one job.
    let job: String
    let text: String

    init(_ invariant: String, _ job: String, _ text: String) {
        self.invariant = invariant
        self.job = job
        self.text = text
    }

    var description: String {
        job.isEmpty ? "\(invariant): \(text)" : "\(invariant): \(job): \(text)"
    }
}
