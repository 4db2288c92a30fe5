internal import Foundation
internal import Martlet

/// The job of the harness: its kind says what its handler does, and with it how it must end.
struct ChaosJob: Job {
    static let jobType = "chaos"
    static let options = JobOptions(maxRetries: 8, backoff: .milliseconds(10), maxBackoff: .milliseconds(40))

    enum Kind: String, Codable, Sendable, CaseIterable {
        /// Returns at once.
        case plain
        /// Takes some milliseconds.
        case sleep
        /// Takes longer than a lease of a second.
        case hold
        /// Throws in its first two attempts.
        case fail
        /// Says that trying again would not help.
        case giveUp
        /// Asks to be run later, in about every second run.
        case snooze
        /// Reports a warning.
        case warn
        /// Logs lines, some before and some after a pause.
        case log
        /// Reports progress.
        case progress
        /// Leaves nothing behind.
        case forget
        /// Enqueues another job from its handler.
        case spawn
        /// Sends the job that stands in `target` round again if it has finished.
        case restart
        /// Cancels the job that stands in `target`.
        case cancel
        /// Checks the whole queue, and repairs it when its target is ``ChaosJob/broken``.
        case verify
        /// Makes a schedule of its own, does all to it that can be done, and removes it.
        case schedule
        /// Deletes a job of its own, pauses the queue and resumes it.
        case operate
        /// Buries the jobs of ``ChaosJob/ghost``, as a supervisor would.
        case bury
    }

    let kind: Kind
    var milliseconds = 0
    var target: String?
    /// Only weight.
    var padding: String?

    /// The id of a job that the harness itself puts in no set, for a repair to find.
    static let broken = "broken"

    /// The id of a worker that does not exist, and may hold jobs.
    static let ghost = "ghost"

    /// Lines that a run of this kind logs with the number of its token, when it runs to its end.
    static let lines = 3

    /// The states in which a job of this kind may end when nothing but the job itself decides.
    var ends: Set<JobState> {
        switch kind {
        case .warn: [.warning]
        case .giveUp: [.error]
        default: [.successful]
        }
    }
}

extension ChaosJob {
    /// A kind as it comes in a workload of all of them, and how it is to be enqueued.
    static func random(
        number: Int,
        lease: Duration,
        using random: inout SeededRandom
    ) -> (job: ChaosJob, options: JobOptions, start: JobStart) {
        let kind: Kind
        switch Int.random(in: 0..<1000, using: &random) {
        case ..<470: kind = .plain
        case ..<650: kind = .sleep
        case ..<665: kind = .hold
        case ..<725: kind = .fail
        case ..<740: kind = .giveUp
        case ..<790: kind = .snooze
        case ..<820: kind = .warn
        case ..<890: kind = .log
        case ..<920: kind = .progress
        case ..<940: kind = .forget
        case ..<970: kind = .spawn
        case ..<984: kind = .restart
        case ..<985: kind = .verify
        default: kind = .cancel
        }
        return make(kind, number: number, lease: lease, using: &random)
    }

    static func make(
        _ kind: Kind,
        number: Int,
        lease: Duration,
        using random: inout SeededRandom
    ) -> (job: ChaosJob, options: JobOptions, start: JobStart) {
        var job = ChaosJob(kind: kind)
        var options = JobOptions()
        switch kind {
        case .sleep, .fail, .snooze: job.milliseconds = .random(in: 1...20, using: &random)
        case .hold:
            job.milliseconds = Int(min(lease / .milliseconds(1), 1000) * Double.random(in: 1.2...2.2, using: &random))
        case .log, .progress: job.milliseconds = 80
        case .forget: options.retention = .zero
        case .spawn: job.target = "s\(number)"
        case .restart, .cancel: job.target = "j\(max(0, number - .random(in: 0...40, using: &random)))"
        case .plain, .giveUp, .warn, .verify, .schedule, .operate, .bury: break
        }
        if random.hits(perMille: 100) { options.priority = .random(in: -3...3, using: &random) }
        if random.hits(perMille: 100) { options.object = "thing/\(number % 50)" }
        let isLater = random.hits(perMille: 80)
        return (job, options, isLater ? .after(.milliseconds(.random(in: 1...900, using: &random))) : .now)
    }
}
