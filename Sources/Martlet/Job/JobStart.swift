public import FoundationEssentials

/// When a job is to run.
public enum JobStart: Sendable, Hashable {
    /// As soon as a worker is free.
    case now
    /// Not before this long after Redis took it in. From zero to 100 years.
    case after(Duration)
    /// Not before this instant, by Redis's clock. An instant in the past means now.
    case at(Date)
}

extension JobStart {
    /// - Throws: ``JobError`` with the code `invalid`, naming the field, the value and what would be right.
    func check() throws(JobError) {
        switch self {
        case .now: break
        case .after(let delay): try JobOptions.check("delay", delay, in: JobLimits.span)
        case .at(let date):
            // Infinity is no whole number, and is within no bounds.
            guard date.timeIntervalSince1970.isFinite, JobLimits.dueAt.contains(date.dueMilliseconds) else {
                throw .invalid("due_at", "\(date.timeIntervalSince1970) s", "use a time from 1970 to 2286")
            }
        }
    }
}

extension Date {
    /// Milliseconds since 1970, rounded up: no job starts before its time.
    var dueMilliseconds: Int64 { Int64(clamping: (timeIntervalSince1970 * 1000).rounded(.up)) }
}
