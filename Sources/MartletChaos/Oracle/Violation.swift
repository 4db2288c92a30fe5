/// A promise that was not kept.
struct Violation: Sendable, Hashable, CustomStringConvertible {
    let invariant: Invariant
    /// The job it happened to, if it is one job.
    let job: String
    let text: String

    init(_ invariant: Invariant, _ job: String, _ text: String) {
        self.invariant = invariant
        self.job = job
        self.text = text
    }

    var description: String {
        job.isEmpty ? "\(invariant.rawValue): \(text)" : "\(invariant.rawValue): \(job): \(text)"
    }
}
