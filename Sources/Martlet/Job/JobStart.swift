public import FoundationEssentials

/// The time at which a job may start.
public enum JobStart: Sendable, Hashable {
    /// The job starts as soon as a worker is free.
    case now
    /// The job starts no earlier than this long after it was enqueued, from zero to 100 years.
    case after(Duration)
    /// The job starts no earlier than this instant, by Redis's clock; an instant in the past means now.
    ///
    /// Redis refuses an instant before March 1973 other than the beginning of 1970, since that is a time in other
    /// units.
    case at(Date)
}

extension JobStart {
    /// Checks the start.
    ///
    /// - Throws: ``JobError`` with the code `invalid`, which names the field, the value and what would be right.
    func check() throws(JobError) {
        switch self {
        case .now: break
        case .after(let delay): try JobOptions.check("delay", delay, in: JobLimits.span)
        case .at(let date):
            // Infinity is no whole number, and lies within no bounds.
            guard date.timeIntervalSince1970.isFinite, JobLimits.dueAt.contains(date.dueMilliseconds) else {
                throw .invalid("due_at", "\(date.timeIntervalSince1970) s", "use a time from 1970 to 2286")
            }
        }
    }
}

extension Date {
    /// The milliseconds since 1970, rounded up, so that no job starts before its time.
    var dueMilliseconds: Int64 { Int64(clamping: (timeIntervalSince1970 * 1000).rounded(.up)) }
}
