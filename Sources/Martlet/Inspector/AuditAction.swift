/// A kind of change that operators make, by the name that the audit list gives it.
public enum AuditAction: String, Sendable, CaseIterable {
    case cancelJob = "job cancel"
    case restartJob = "job restart"
    case deleteJob = "job delete"
    case pauseQueue = "queue pause"
    case resumeQueue = "queue resume"
    case purgeQueue = "queue purge"
    case repairQueue = "doctor repair"
    case setSchedule = "schedule set"
    case pauseSchedule = "schedule pause"
    case resumeSchedule = "schedule resume"
    case runSchedule = "schedule run"
    case removeSchedule = "schedule remove"
    case quietWorker = "worker quiet"
    case unquietWorker = "worker quiet --off"
    case resignLeader = "leader resign"
    case retireArchiver = "archive retire"

    /// The kind of a change of many jobs.
    init(_ change: JobChange) {
        switch change {
        case .restart: self = .restartJob
        case .cancel: self = .cancelJob
        case .delete: self = .deleteJob
        }
    }
}
