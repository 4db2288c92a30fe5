internal import Foundation
internal import Martlet
internal import MartletScripts
internal import RedisClient
internal import Synchronization

/// One place where a process breaks off: amid the nth call of a script.
///
/// Written `finish:3:after-send:die`.
struct FaultPoint: Sendable, Hashable, CustomStringConvertible {
    enum Moment: String, CaseIterable, Sendable {
        case beforeSend = "before-send"
        /// Redis has run the script; the reply is not read.
        case afterSend = "after-send"
        case afterReply = "after-reply"
    }
    enum Action: String, CaseIterable, Sendable {
        case die
        /// Stands still until somebody sends SIGCONT.
        case stop
    }
    let script: ScriptName
    let number: Int
    let moment: Moment
    let action: Action

    var description: String { "\(script.rawValue):\(number):\(moment.rawValue):\(action.rawValue)" }

    /// Every script at every moment, with every action; not the archiver's, whose tests kill it at each of its steps.
    static var all: [FaultPoint] {
        ScriptName.allCases.filter { $0.part != .archive }.flatMap { script in
            Moment.allCases.flatMap { moment in
                Action.allCases.map { FaultPoint(script: script, number: 1, moment: moment, action: $0) }
            }
        }
    }
}

extension ScriptName {
    enum Part { case jobs, schedules, archive }

    /// What has to be going on for it to be called.
    ///
    /// A new script has to say.
    var part: Part {
        switch self {
        case .enqueue, .claim, .extend, .log, .finish, .retry, .snooze, .release, .cancel, .restart, .prune,
            .heartbeat, .announce, .disclaim, .bury, .verify, .repair, .delete, .pause, .audit,
            .rights:
            .jobs
        case .lead, .resign, .due, .fire, .delivered, .declare, .redeclare, .undeclare, .scheduleSet, .schedulePause,
            .scheduleResume, .scheduleRun, .scheduleRemove:
            .schedules
        case .archive, .archiveLease: .archive
        }
    }
}

extension FaultPoint {
    init(_ text: String) throws {
        let parts = text.split(separator: ":").map(String.init)
        guard parts.count == 4, let script = ScriptName(rawValue: parts[0]), let number = Int(parts[1]),
            let moment = Moment(rawValue: parts[2]), let action = Action(rawValue: parts[3])
        else { throw ChaosError("the fault point \(text) is none: write finish:3:after-send:die") }
        self.init(script: script, number: number, moment: moment, action: action)
    }
}

/// Counts a process's calls and breaks off at the point.
final class FaultTrigger: Sendable {
    private let point: FaultPoint
    private let history: HistoryFile
    private let count = Mutex(0)

    init(_ point: FaultPoint, history: HistoryFile) {
        self.point = point
        self.history = history
    }

    func pass(_ script: ScriptName, _ moment: ScriptMoment) {
        let here: FaultPoint.Moment =
            switch moment {
            case .beforeSend: .beforeSend
            case .afterSend: .afterSend
            case .afterReply: .afterReply
            }
        guard script == point.script, here == point.moment else { return }
        let number = count.withLock { count in
            count += 1
            return count
        }
        guard number == point.number else { return }
        // This is the event loop's thread: while it rests Redis runs the script, and nobody reads the reply.
        if here == .afterSend { usleep(30_000) }
        history.add(HistoryEvent(time: HistoryFile.now, kind: .fired, what: point.description))
        kill(getpid(), point.action == .die ? SIGKILL : SIGSTOP)
    }
}
