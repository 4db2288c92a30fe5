internal import Foundation
internal import Martlet
internal import Synchronization

/// The worker processes of a run: so many places, in each a process, replaced by a new one when it was killed.
final class Fleet: Sendable {
    struct Settings: Sendable {
        var folder: String
        var url: String
        var lease: Duration
        var concurrency: Int
        var mutant: String?
    }

    private let settings: Settings
    private let history: HistoryFile
    private struct State {
        var places: [Int: WorkerProcess] = [:]
        var all: [WorkerProcess] = []
    }
    private let state = Mutex(State())

    /// How long a stopping worker lets its jobs run: short, so that stops hand back jobs.
    private static let grace = Duration.milliseconds(20)

    init(_ settings: Settings, history: HistoryFile) {
        self.settings = settings
        self.history = history
    }

    /// Starts a process in a place.
    @discardableResult
    func start(_ place: Int, fault: FaultPoint? = nil) throws -> WorkerProcess {
        let number = state.withLock { $0.all.count }
        var arguments = [
            "--redis", settings.url, "--slot", "\(place)", "--lease", "\(settings.lease.milliseconds)",
            "--concurrency", "\(settings.concurrency)", "--grace", "\(Self.grace.milliseconds)",
            "--leader-lease", "\(Profile.leaderLease.milliseconds)", "--id", "worker-\(place)-\(number)",
        ]
        if let mutant = settings.mutant { arguments += ["--mutant", mutant] }
        let process = try WorkerProcess(
            name: "worker-\(place)-\(number)",
            folder: settings.folder,
            arguments: arguments,
            environment: fault.map { ["MARTLET_FAULT": "\($0)"] } ?? [:]
        )
        state.withLock { state in
            state.places[place] = process
            state.all.append(process)
        }
        return process
    }

    /// Where the worker of this id runs; nil when it has ended, or stands still.
    func place(of worker: String) -> Int? {
        state.withLock { state in
            state.places.first { $0.value.name == worker && !$0.value.hasEnded && !$0.value.isFrozen }?.key
        }
    }

    /// SIGKILL, and a new process in its place unless there is to be none.
    func kill(_ place: Int, replacing: Bool = true) throws {
        guard let process = state.withLock({ $0.places[place] }) else { return }
        process.signal(SIGKILL)
        note("kill", process)
        if replacing { try start(place) }
    }

    /// SIGTERM, and nothing in its place.
    /// - Returns: when it has ended.
    func retire(_ place: Int) async throws {
        guard let process = state.withLock({ $0.places[place] }) else { return }
        process.signal(SIGTERM)
        note("retire", process)
        guard try await process.waitForEnd(.seconds(10)) else {
            throw ChaosError("\(process.name) did not stop within 10 s of SIGTERM")
        }
    }

    /// SIGTERM, and a new process in its place.
    func terminate(_ place: Int) throws {
        guard let process = state.withLock({ $0.places[place] }) else { return }
        process.signal(SIGTERM)
        note("terminate", process)
        try start(place)
    }

    /// SIGSTOP for a while.
    ///
    /// It may be killed meanwhile.
    func freeze(_ place: Int, for duration: Duration) async throws {
        guard let process = state.withLock({ $0.places[place] }) else { return }
        process.signal(SIGSTOP)
        note("freeze", process)
        try await Task.sleep(for: duration)
        process.signal(SIGCONT)
        note("thaw", process)
    }

    /// Stops all that run with SIGTERM.
    /// - Returns: what did not go as it should.
    func stop() async throws -> [Violation] {
        let all = state.withLock(\.all)
        for process in all { process.signal(SIGTERM) }
        var violations: [Violation] = []
        for process in all {
            if try await !process.waitForEnd(.seconds(10)) {
                process.signal(SIGKILL)
                violations.append(Violation(.stop, "", "\(process.name) did not stop within 10 s of SIGTERM"))
                _ = try await process.waitForEnd(.seconds(5))
            } else if let reason = try process.crash() {
                violations.append(Violation(.crash, "", "\(process.name) ended with \(reason): see its stderr"))
            }
        }
        return violations
    }

    /// Ends all that are left, however the run ended.
    func killAll() {
        for process in state.withLock(\.all) { process.signal(SIGKILL) }
    }

    private func note(_ what: String, _ process: WorkerProcess) {
        history.add(HistoryEvent(time: HistoryFile.now, kind: .fault, what: what, word: process.name))
    }
}
