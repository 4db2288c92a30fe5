internal import ArgumentParser
internal import Martlet

struct JobLogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print a job's log; with -f, go on until the job has finished.",
        discussion: """
            Each line has its time, the number of the attempt that wrote it, and its level. With --json the lines are as \
            they are stored; with --raw they are the messages alone, as the attempt wrote them.

            With -f the command waits while Redis is away. Exit code 69 when Redis did not answer in time, 75 when the \
            job had not finished in time.
            """
    )

    /// The level of a line, the least bad first.
    enum Level: String, ExpressibleByArgument, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    @Argument(help: "The job's id: queue/id, or a beginning of it that no other has.", transform: JobID.argument)
    var id: JobID
    @Flag(name: .shortAndLong, help: "Follow: print lines as they come, over retries too, until the job has finished.")
    var follow = false
    @Option(help: "With -f: go on for this long at most, for example 10m. Default: as long as it takes.")
    var timeout: DurationArgument?
    @Flag(help: "Print the messages alone, without escaping anything. Not to a terminal, which would obey them.")
    var raw = false
    @Option(help: "Include only this attempt.")
    var attempt: Int?
    @Option(help: "Include only lines of this level, or worse.")
    var level: Level = .trace
    @OptionGroup var options: ReadOptions
    @OptionGroup var archive: ArchiveOption

    func validate() throws {
        if let attempt, attempt < 1 { throw ValidationError("--attempt \(attempt): attempts count from 1.") }
        guard timeout == nil || follow else { throw ValidationError("--timeout goes with --follow.") }
        guard raw else { return }
        guard !options.json else { throw ValidationError("--raw and --json exclude each other: give one.") }
        guard !Terminal.isOutput else {
            throw ValidationError(
                "--raw does not write to a terminal; send it to a file or a program, or leave it out."
            )
        }
    }

    func run() async throws {
        try await options.withInspector { inspector in
            guard follow else {
                if let past = try await archive.job(id, unlessIn: inspector) { return past.log.forEach(print) }
                let id = try await inspector.named(id) { try await archive.hint(inspector) }
                guard try await inspector.state(id) != nil else { return tellOfLoss(id) }
                var next = 0
                return try await printLines(of: id, inspector, from: &next)
            }
            try await follow(inspector)
        }
    }

    /// Prints lines as they come, and at last the state in which the job ended.
    private func follow(_ inspector: Inspector) async throws {
        var patience = OutagePatience(timeout: timeout?.duration)
        let (id, past) = try await patience.ask { () -> (JobID, PastJob?) in
            if let past = try await archive.job(self.id, unlessIn: inspector) { return (past.record.id, past) }
            return (try await inspector.named(self.id) { try await archive.hint(inspector) }, nil)
        }
        if let past { return past.log.forEach(print) }
        var next = 0
        while true {
            let state = try await patience.ask { () -> JobState? in
                // The state is read before the lines: when it is final, the lines that follow are the last.
                let state = try await inspector.state(id)
                if state != nil { try await printLines(of: id, inspector, from: &next) }
                return state
            }
            guard let state else { return tellOfLoss(id) }
            guard !state.isFinished else { return Terminal.say("\(id): \(state.title)") }
            guard !patience.isOver else {
                Terminal.say("\(id): not finished in time")
                throw ExitCode.late
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func tellOfLoss(_ id: JobID) {
        Terminal.say("\(id): has gone, and nothing of it was kept")
    }

    /// Prints the lines of a job's log, from the line with the number `next` on.
    ///
    /// It moves `next` page by page, so that a line is printed once, even when Redis goes away in between.
    private func printLines(of id: JobID, _ inspector: Inspector, from next: inout Int) async throws {
        while true {
            let page = try await inspector.log(id, from: next)
            guard !page.entries.isEmpty, page.next > next else { return }
            page.entries.forEach(print)
            next = page.next
        }
    }

    private func print(_ entry: LogEntry) {
        guard isWanted(entry) else { return }
        if raw { return Terminal.print(entry.message) }
        options.json ? Terminal.print(json: entry.jsonLine) : Terminal.print(entry.text)
    }

    /// Tells whether a line is to be printed.
    ///
    /// A line with an unknown level is: to print too much is better than to hide a line.
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
    /// The line as one JSON object on one line: as it is stored when it is such an object, otherwise an object with all
    /// of it as the message.
    fileprivate var jsonLine: String {
        if json.first == "{", !json.contains(where: \.isNewline), JSONSyntax.isValue(json) { return json }
        return JSONValue.object([
            "level": .string(level), "attempt": .integer(Int64(attempt)), "message": .string(message),
        ]).text
    }
}
