internal import Martlet
internal import RedisClient
internal import UnixSignals

/// Runs `martlet stats --watch`: it shows a report again and again, until SIGINT or SIGTERM.
///
/// While Redis is away it says so and goes on.
struct StatsWatch: Sendable {
    let inspector: Inspector
    let every: Duration
    let json: Bool

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let screen = Screen(isInPlace: !json && Terminal.isScreen)
        screen.open()
        defer { screen.close() }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await look(screen) }
            tasks.addTask { for await _ in signals { return } }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }

    /// Shows reports until it is cancelled.
    private func look(_ screen: Screen) async throws {
        var reader = StatsReader(inspector: inspector)
        while true {
            do {
                show(try await reader.read(), screen)
            } catch {
                // A right that this user lacks now will be missing the next time as well.
                guard let error = error as? JobError, error.code == .redis, error.redis?.code != .noPermission else {
                    throw error
                }
                let text = Printable.escaped("\(error)")
                if screen.isInPlace { screen.show([text]) } else { Terminal.say(text) }
            }
            try await Task.sleep(for: every)
        }
    }

    private func show(_ report: StatsReport, _ screen: Screen) {
        guard json else {
            return screen.show([Moment.absolute(report.time), ""] + report.lines(width: Terminal.width, isLive: true))
        }
        report.json.forEach { Terminal.print(json: $0) }
    }
}
