internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import Synchronization

/// How many jobs are changed with one line: counted and shown first, asked for, done in batches that an interrupt ends
/// between.
struct ChangeOptions: ParsableArguments {
    @Flag(name: .long, help: "Only say how many jobs are meant, and show the first of them.")
    var dryRun = false
    @Flag(name: .shortAndLong, help: "Don't ask.")
    var yes = false
    @OptionGroup var options: OperatorOptions

    /// Jobs that one call takes; one more call takes the next.
    static let most = 100_000

    func withInspector(_ body: (Inspector) async throws -> Void) async throws {
        try await options.connection.withClient { try await body($0.inspector) }
    }

    /// Changes the jobs that match, after a look at them.
    func run(
        _ change: JobChange,
        _ filter: JobFilter,
        limit: Int,
        action: String? = nil,
        _ inspector: Inspector
    ) async throws {
        let (ids, isCut) = try await inspector.ids(filter, limit: limit) { examined, total in
            Terminal.tell(passing: "looked at \(examined) of \(total)")
        }
        Terminal.tell(passing: "")
        if isCut { Terminal.say("there are more: this takes the first \(limit); the same again takes the next") }
        try await run(change, ids, matching: filter, scope: filter.text, asksFirst: true, action: action, inspector)
    }

    func run(
        _ change: JobChange,
        _ ids: [JobID],
        matching filter: JobFilter? = nil,
        scope: String,
        asksFirst: Bool,
        action: String? = nil,
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
        let speaker = Speaker(isTerse: filter != nil)
        let interrupt = Interrupt()
        let report = try await inspector.change(
            change,
            ids,
            matching: filter,
            as: action,
            of: scope,
            by: `operator`
        ) { report, results in
            results.forEach(speaker.say)
            speaker.progress(report)
            return !interrupt.isRaised
        }
        if filter != nil || report.left > 0 { speaker.conclude(change, report) }
        if report.done == 0, report.left == 0 { throw ExitCode.noMatch }
        if report.failed + report.left > 0 { throw ExitCode.failure }
        if filter == nil, report.missed > 0 { throw ExitCode.failure }
    }

    /// How many, and the first ten.
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

/// What is said while jobs are changed.
private final class Speaker: Sendable {
    private let isTerse: Bool
    private let start = ContinuousClock.now
    private struct State {
        var spoken = ContinuousClock.now
        var refusals = 0
    }
    private let state = Mutex(State())

    init(isTerse: Bool) {
        self.isTerse = isTerse
    }

    /// What came of one job. Of many that were chosen by a filter, only the first refusals.
    func say(_ id: JobID, _ result: ChangeResult) {
        let isTold =
            !isTerse
            || state.withLock { state in
                if case .refused = result { state.refusals += 1 } else { return false }
                return state.refusals <= 10
            }
        guard isTold else { return }
        switch result {
        case .restarted: Terminal.print("\(id): waiting to run")
        case .cancelled: Terminal.print("\(id): cancelled")
        case .deleted: Terminal.print("\(id): deleted")
        case .requested(let worker):
            Terminal.print("\(id): running; worker \(Printable.escaped(worker, limit: 200)) was told to stop it")
        case .notFound: Terminal.say("there is no job \(id)")
        case .refused(let why): Terminal.say("\(why); nothing was changed")
        case .changed: Terminal.say("\(id): is none of those that were meant any more; nothing was changed")
        }
    }

    /// A line that is written over on a terminal; elsewhere one every two seconds.
    func progress(_ report: ChangeReport) {
        guard isTerse, report.left > 0 else { return Terminal.tell(passing: "") }
        let line = "\(report.total - report.left) of \(report.total) (\(rate(report)))"
        if isatty(STDERR_FILENO) == 1 { return Terminal.tell(passing: line) }
        let isDue = state.withLock { state in
            guard ContinuousClock.now - state.spoken > .seconds(2) else { return false }
            state.spoken = .now
            return true
        }
        if isDue { Terminal.say(line) }
    }

    func conclude(_ change: JobChange, _ report: ChangeReport) {
        let verb = change == .cancel ? "cancelled" : "\(change.rawValue)\(change == .delete ? "d" : "ed")"
        var parts = ["\(verb) \(report.done) of \(report.total) job\(report.total == 1 ? "" : "s") (\(rate(report)))"]
        if report.failed > 0 { parts.append("\(report.failed) refused") }
        if report.missed > 0 { parts.append("\(report.missed) had changed meanwhile and were left alone") }
        if report.left > 0 { parts.append("interrupted, \(report.left) left: the same again goes on") }
        Terminal.print(parts.joined(separator: "; "))
    }

    private func rate(_ report: ChangeReport) -> String {
        let seconds = max((ContinuousClock.now - start) / .seconds(1), 0.001)
        return "\(Int(Double(report.total - report.left) / seconds))/s"
    }
}

/// The first SIGINT asks to stop between two batches; a second one ends the process.
private final class Interrupt {
    private final class Flag: Sendable {
        let isRaised = Mutex(false)
    }
    private let flag = Flag()
    private let source = DispatchSource.makeSignalSource(signal: SIGINT)

    init() {
        signal(SIGINT, SIG_IGN)
        source.setEventHandler { [flag] in
            let isSecond = flag.isRaised.withLock { isRaised in
                defer { isRaised = true }
                return isRaised
            }
            if isSecond { _exit(130) }
        }
        source.resume()
    }

    var isRaised: Bool { flag.isRaised.withLock(\.self) }

    deinit {
        source.cancel()
        signal(SIGINT, SIG_DFL)
    }
}
