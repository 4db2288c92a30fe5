internal import ArgumentParser
internal import Martlet

struct JobLogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Prints a job's log; with -f goes on until the job has finished.",
        discussion: """
            Each line has its time, the number of the attempt that wrote it, and its level. With --json they are as they \
            are stored.
            """
    )

    /// How bad a line is, least first.
    enum Level: String, ExpressibleByArgument, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    @Argument(help: "The job's id: queue/id, or a beginning of it that no other has.", transform: JobID.argument)
    var id: JobID
    @Flag(name: .shortAndLong, help: "Follow: print lines as they come, over retries too, until the job has finished.")
    var follow = false
    @Option(help: "Only this attempt.")
    var attempt: Int?
    @Option(help: "Only lines of this level, or worse.")
    var level: Level = .trace
    @OptionGroup var options: ReadOptions
    @OptionGroup var archive: ArchiveOption

    func validate() throws {
        if let attempt, attempt < 1 { throw ValidationError("--attempt \(attempt): attempts count from 1.") }
    }

    func run() async throws {
        try await options.withInspector { inspector in
            if let past = try await archive.job(id, unlessIn: inspector) { return past.log.forEach(print) }
            let id = try await inspector.named(id) { try await archive.hint(inspector) }
            var next = 0
            while true {
                // The state is read before the lines: when it is final, the lines that follow are the last.
                guard let state = try await inspector.state(id) else {
                    return Terminal.say("\(id): has gone, and nothing of it was kept")
                }
                next = try await printLines(of: id, inspector, from: next)
                guard follow, !state.isFinished else {
                    if follow { Terminal.say("\(id): \(state.title)") }
                    return
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func printLines(of id: JobID, _ inspector: Inspector, from start: Int) async throws -> Int {
        var next = start
        while true {
            let page = try await inspector.log(id, from: next)
            guard !page.entries.isEmpty, page.next > next else { return next }
            page.entries.forEach(print)
            next = page.next
        }
    }

    private func print(_ entry: LogEntry) {
        guard isWanted(entry) else { return }
        options.json ? Terminal.print(json: entry.jsonLine) : Terminal.print(entry.text)
    }

    /// A level that nobody knows is shown: better too much than a line hidden.
    private func isWanted(_ entry: LogEntry) -> Bool {
        guard attempt == nil || entry.attempt == attempt else { return false }
        let levels = Level.allCases
        guard let wanted = levels.firstIndex(of: level),
            let own = levels.firstIndex(where: { $0.rawValue == entry.level })
        else { return true }
        return own >= wanted
    }
}

extension LogEntry {
    /// The line as one JSON object on one line: as it is stored where it is that, otherwise with all of it as the
    /// message.
    fileprivate var jsonLine: String {
        if !json.contains(where: \.isNewline), case .object = JSONValue(json) { return json }
        return JSONValue.object([
            "level": .string(level), "attempt": .integer(Int64(attempt)), "message": .string(message),
        ]).text
    }
}
