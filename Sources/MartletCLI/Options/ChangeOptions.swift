internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import Synchronization
internal import UnixSignals

/// The options of a command that changes many jobs.
///
/// The command first counts the jobs and shows some, asks, and then changes them in batches. An interrupt ends it
/// between two batches.
struct ChangeOptions: ParsableArguments {
    @Flag(name: .long, help: "Show how many jobs match, and the first of them, and change nothing.")
    var dryRun = false
    @Flag(name: .shortAndLong, help: "Do it without asking.")
    var yes = false
    @OptionGroup var options: OperatorOptions

    /// The most jobs that one command changes.
    ///
    /// The next command changes the next jobs.
    static let most = 100_000

    func withInspector(_ body: (Inspector) async throws -> Void) async throws {
        try await options.connection.withClient { try await body($0.inspector) }
    }

    /// Shows the jobs that match, and then changes them.
    func run(
        _ change: JobChange,
        _ filter: JobFilter,
        limit: Int,
        deadline: JobDeadline? = nil,
        action: AuditAction? = nil,
        _ inspector: Inspector
    ) async throws {
        let (ids, isCut) = try await inspector.ids(filter, limit: limit) { examined, total in
            Terminal.tell(passing: "looked at \(examined) of \(total)")
        }
        Terminal.tell(passing: "")
        if isCut { Terminal.say("there are more: this takes the first \(limit); the same again takes the next") }
        try await run(
            change,
            ids,
            matching: filter,
            scope: filter.text,
            asksFirst: true,
            deadline: deadline,
            action: action,
            inspector
        )
    }

    func run(
        _ change: JobChange,
        _ ids: [JobID],
        matching filter: JobFilter? = nil,
        scope: String,
        asksFirst: Bool,
        deadline: JobDeadline? = nil,
        action: AuditAction? = nil,
        _ inspector: Inspector
    ) async throws {
        guard !ids.isEmpty else {
            Terminal.say("no jobs match \(scope)")
            throw ExitCode.noMatch
        }
        let `operator` = try options.operating()
        if dryRun || (asksFirst && !yes) {
            try await show(change, ids, scope, inspector)
            guard !dryRun else { return }
            guard Terminal.isAttended else {
                Terminal.say("To \(change.rawValue) \(ids.count) job\(ids.count == 1 ? "" : "s"), add --yes.")
                throw ExitCode.validationFailure
            }
            guard Terminal.confirms("\(change.rawValue) \(ids.count == 1 ? "it" : "these \(ids.count) jobs")?") else {
                Terminal.say("nothing was changed")
                throw ExitCode.failure
            }
        }
        let speaker = ChangeSpeaker(isTerse: filter != nil)
        let interrupt = Interrupt()
        let signals = await UnixSignalsSequence(trapping: .sigint)
        async let _ = interrupt.listen(to: signals)  // until this scope ends
        let request = JobChangeRequest(
            change,
            ids,
            matching: filter,
            action: action,
            scope: scope,
            deadline: deadline,
            by: `operator`
        )
        let report = try await inspector.change(request) { report, results in
            for job in results { speaker.say(job.id, job.result) }
            speaker.progress(report)
            return !interrupt.isRaised
        }
        if filter != nil || report.left > 0 { speaker.conclude(change, report) }
        if report.done == 0, report.left == 0 { throw ExitCode.noMatch }
        if report.failed + report.left > 0 { throw ExitCode.failure }
        if filter == nil, report.missed > 0 { throw ExitCode.failure }
    }

    /// Shows how many jobs match, and the first ten of them.
    private func show(_ change: JobChange, _ ids: [JobID], _ scope: String, _ inspector: Inspector) async throws {
        let sample = try await inspector.records(Array(ids.prefix(10)))
        let now = try await inspector.now()
        let print: (String) -> Void = dryRun ? { Terminal.print($0) } : { Terminal.say($0) }
        let count = "\(ids.count) job\(ids.count == 1 ? "" : "s")"
        print(Printable.escaped("\(change.rawValue): \(count), \(scope)", limit: 2000))
        for line in Table(jobs: sample, now: now).lines(width: Terminal.width) { print("  \(line)") }
        if ids.count > sample.count { print("  and \(ids.count - sample.count) more") }
    }
}

/// The handler of SIGINT: the first one asks to stop between two batches, and a second one ends the process.
private final class Interrupt: Sendable {
    private let raised = Atomic(false)

    var isRaised: Bool { raised.load(ordering: .relaxed) }

    func listen(to signals: UnixSignalsSequence) async {
        for await _ in signals {
            if raised.exchange(true, ordering: .relaxed) { _exit(130) }
        }
    }
}
