public import FoundationEssentials

/// The time from which on no attempt of a job starts.
///
/// A job that waits at its deadline ends: in ``JobState/cancelled``, or in ``JobState/error`` where its last attempt
/// failed. An attempt that runs at the deadline goes on; it is the last one.
public enum JobDeadline: Sendable, Hashable {
    /// The deadline is this long after the job was enqueued, from one millisecond to 100 years.
    ///
    /// The jobs of a schedule count it from the time at which they come to their queue.
    case after(Duration)
    /// The deadline is this instant, by Redis's clock; one in the past ends the job at once.
    ///
    /// Redis refuses an instant before March 1973, since that is a time in other units.
    case at(Date)
}

extension JobDeadline {
    /// Checks the deadline of a job that starts so.
    ///
    /// - Throws: ``JobError`` with the code `invalid`, which names the field, the value and what would be right.
    func check(start: JobStart = .now) throws(JobError) {
        switch self {
        case .after(let span):
            try JobOptions.check("deadline", span, in: JobLimits.timeLimit)
            guard case .after(let delay) = start, span <= delay else { return }
            throw .invalid(
                "deadline",
                "\(span)",
                "use more than the delay (\(delay)): no attempt starts after a deadline"
            )
        case .at(let date):
            // Infinity is no whole number, and lies within no bounds.
            guard date.timeIntervalSince1970.isFinite, JobLimits.dueAt.contains(date.dueMilliseconds) else {
                throw .invalid("deadline", "\(date.timeIntervalSince1970) s", "use a time from 1973 to 2286")
            }
            guard case .at(let due) = start, date <= due else { return }
            throw .invalid(
                "deadline",
                "\(date.timeIntervalSince1970) s",
                "use a time after the start of the job (\(due.timeIntervalSince1970) s): no attempt starts after a deadline"
            )
        }
    }

    /// The option of the enqueue script.
    var option: (name: String, milliseconds: Int64) {
        switch self {
        case .after(let span): ("deadline_ms", span.milliseconds)
        // A deadline before 1970 has passed, as has one in 1970.
        case .at(let date): (JobField.deadline.rawValue, date.milliseconds)
        }
    }
}
