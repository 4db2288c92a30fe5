internal import ArgumentParser
internal import Foundation
internal import Martlet

struct JobShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show everything about one job: status, times, payload, and its log."
    )

    @Argument(help: "The job's id: queue/id, or a beginning of it that no other has.", transform: JobID.argument)
    var id: JobID
    @Option(help: "Show the last log lines, this many at most, 0 to 10000.")
    var lines: Int = 100
    @OptionGroup var options: ReadOptions
    @OptionGroup var archive: ArchiveOption

    func validate() throws {
        guard (0...10_000).contains(lines) else { throw ValidationError("--lines \(lines): use 0 to 10000.") }
    }

    func run() async throws {
        try await options.withInspector { inspector in
            if let past = try await archive.job(id, unlessIn: inspector) {
                guard !options.json else { return Terminal.print(json: past.record.json) }
                printFacts(past.record, now: try await inspector.now())
                Facts.print("archive", archive.path ?? "")
                printAttempts(past.attempts)
                return printLogs(past.record, past.log)
            }
            let id = try await inspector.named(id) { try await archive.hint(inspector) }
            guard let job = try await inspector.job(id) else {
                Terminal.say("there is no job \(id)")
                throw ExitCode.noMatch
            }
            guard !options.json else { return Terminal.print(json: job.json) }
            printFacts(job, now: try await inspector.now())
            Facts.print(
                "keys",
                inspector.places(job).map { ShellWord.quoted($0.key) }.joined(separator: "\n"),
                keepingNewlines: true
            )
            printAttempts(try await inspector.attempts(id))
            printLogs(job, try await log(of: id, inspector))
        }
    }

    private func printFacts(_ job: JobRecord, now: Date) {
        func fact(_ name: String, _ value: String?) { Facts.print(name, value) }
        func moment(_ time: Date?) -> String? { time.map { Moment.both($0, now: now) } }
        fact("job", "\(job.id)")
        fact("type", job.type)
        fact("status", job.status)
        fact("reason", job.reason)
        fact("object", job.object)
        fact("schedule", job.schedule)
        fact("slot", moment(job.slot))
        fact("enqueued", moment(job.enqueuedAt))
        fact("due", moment(job.dueAt))
        fact("deadline", moment(job.deadline))
        fact("started", moment(job.startedAt))
        fact("finished", moment(job.finishedAt))
        fact("waited", job.waited.map { Moment.span($0) })
        fact("ran", job.ran.map { Moment.span($0) })
        fact("attempt", "\(job.attempt)")
        fact("crashes", job.crashes > 0 ? "\(job.crashes)" : nil)
        fact("worker", job.worker)
        fact("warning", job.warning)
        fact(job.state == .error ? "error" : "last error", job.error)
        fact("cancel", job.cancelRequestedAt.map { "asked for \(Moment.relative($0, now: now))" })
        fact("progress", job.progressText)
        fact("priority", "\(job.priority)")
        guard let payload = job.payload else { return }
        // The newlines in it come from the indentation, since those within its texts are escaped.
        let indented = IndentedJSON(payload)
        Facts.print("payload", indented?.text ?? payload, keepingNewlines: indented != nil)
    }

    private func printAttempts(_ attempts: [AttemptEnd]) {
        guard !attempts.isEmpty else { return }
        Terminal.print("")
        Terminal.print("Attempts that did not succeed")
        var table = Table(["ATTEMPT", "END", "STARTED", "RAN", "WORKER", "ERROR"])
        for attempt in attempts {
            let ran = attempt.endedAt.map { Moment.span(from: attempt.startedAt, to: $0) } ?? "-"
            let error = [attempt.errorType, attempt.error].compactMap(\.self).joined(separator: ": ")
            table.add([
                "\(attempt.attempt)", attempt.end.rawValue, Moment.absolute(attempt.startedAt), ran, attempt.worker,
                error,
            ])
        }
        table.print()
    }

    private func log(of id: JobID, _ inspector: Inspector) async throws -> [LogEntry] {
        var entries: [LogEntry] = []
        var next = 0
        while true {
            let page = try await inspector.log(id, from: next)
            entries += page.entries
            guard !page.entries.isEmpty, page.next > next else { return entries }
            next = page.next
        }
    }

    /// Prints the lines of the last attempt, and apart from them those of the attempts before it.
    private func printLogs(_ job: JobRecord, _ entries: [LogEntry]) {
        let current = entries.filter { $0.attempt == job.attempt || $0.attempt == 0 }
        let previous = entries.filter { $0.attempt != job.attempt && $0.attempt != 0 }
        printLog("Log of the current attempt", current, job)
        if !previous.isEmpty { printLog("Log of previous attempts", previous, job) }
    }

    private func printLog(_ title: String, _ entries: [LogEntry], _ job: JobRecord) {
        Terminal.print("")
        Terminal.print(title)
        if entries.isEmpty { Terminal.print("  (none)") }
        if entries.count > lines {
            Terminal.print("  (\(entries.count - lines) earlier lines: martlet job logs \(job.id))")
        }
        for entry in entries.suffix(lines) {
            Terminal.print("  \(entry.text)")
        }
    }
}

extension LogEntry {
    /// The line for people: time, attempt, level, message, fields.
    var text: String {
        let fields = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let level = level.padding(toLength: 8, withPad: " ", startingAt: 0)
        // A tab moves the cursor only forwards, and stack traces are full of tabs.
        return Printable.escaped("\(Moment.clock(time))  \(attempt)  \(level) \(message)\(fields)", keepingTabs: true)
    }
}
