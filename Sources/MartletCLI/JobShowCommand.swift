internal import ArgumentParser
internal import Foundation
internal import Martlet

struct JobShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows everything about one job: status, times, payload, and its logs."
    )

    @Argument(help: "The job's id: queue/id.", transform: JobID.argument)
    var id: JobID
    @Option(help: "At most this many log lines, the last ones; 0 to 10000.")
    var lines: Int = 100
    @Flag(help: "One JSON object, without the log.")
    var json = false
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (0...10_000).contains(lines) else { throw ValidationError("--lines \(lines): use 0 to 10000.") }
    }

    func run() async throws {
        try await connection.withClient { client in
            let inspector = client.inspector
            guard let job = try await inspector.job(id) else {
                Terminal.say("there is no job \(id)")
                throw ExitCode.noMatch
            }
            guard !json else { return Terminal.print(json: job.json) }
            printFacts(job, now: try await inspector.now())
            printAttempts(try await inspector.attempts(id))
            try await printLogs(job, inspector)
        }
    }

    private func printFacts(_ job: JobRecord, now: Int64) {
        func fact(_ name: String, _ value: String?, keepingNewlines: Bool = false) {
            guard let value, !value.isEmpty else { return }
            let label = (name + ":").padding(toLength: 14, withPad: " ", startingAt: 0)
            let text = Printable.escaped(value, limit: 4096, keepingNewlines: keepingNewlines)
            Terminal.print(label + text.replacing("\n", with: "\n" + String(repeating: " ", count: label.count)))
        }
        func moment(_ time: Int64?) -> String? {
            time.map { "\(Moment.absolute($0)) (\(Moment.relative($0, now: now)))" }
        }
        fact("job", "\(job.id)")
        fact("type", job.type)
        fact("status", job.status)
        fact("reason", job.reason)
        fact("object", job.object)
        fact("schedule", job.schedule)
        fact("slot", moment(job.slot))
        fact("enqueued", moment(job.enqueuedAt))
        fact("due", moment(job.dueAt))
        fact("started", moment(job.startedAt))
        fact("finished", moment(job.finishedAt))
        if let started = job.startedAt, job.attempt > 0 {
            fact("waited", Moment.span(from: max(job.enqueuedAt, job.dueAt ?? 0), to: started))
            fact("ran", job.finishedAt.map { Moment.span(from: started, to: $0) })
        }
        fact("attempt", "\(job.attempt)")
        fact("crashes", job.crashes > 0 ? "\(job.crashes)" : nil)
        fact("worker", job.worker)
        fact("warning", job.warning)
        fact(job.state == .error ? "error" : "last error", job.error)
        fact("cancel", job.cancelRequestedAt.map { "asked for \(Moment.relative($0, now: now))" })
        fact("progress", job.progressText)
        fact("priority", "\(job.priority)")
        if let json = job.payload.flatMap({ JSONValue($0) }) {
            // Its newlines are ours: those within its texts are escaped.
            fact("payload", json.prettyText, keepingNewlines: true)
        } else {
            fact("payload", job.payload)
        }
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

    /// The lines of the last attempt, and apart those of the attempts before it.
    private func printLogs(_ job: JobRecord, _ inspector: Inspector) async throws {
        var entries: [LogEntry] = []
        var next = 0
        while true {
            let page = try await inspector.log(job.id, from: next)
            entries += page.entries
            guard !page.entries.isEmpty, page.next > next else { break }
            next = page.next
        }
        let current = entries.filter { $0.attempt == job.attempt || $0.attempt == 0 }
        let previous = entries.filter { $0.attempt != job.attempt && $0.attempt != 0 }
        printLog("Current execution logs", current)
        if !previous.isEmpty { printLog("Previous execution logs", previous) }
    }

    private func printLog(_ title: String, _ entries: [LogEntry]) {
        Terminal.print("")
        Terminal.print(title)
        if entries.isEmpty { Terminal.print("  (none)") }
        if entries.count > lines {
            Terminal.print("  (\(entries.count - lines) earlier lines: martlet job logs \(id))")
        }
        for entry in entries.suffix(lines) {
            Terminal.print("  \(entry.text)")
        }
    }
}

extension LogEntry {
    /// The line as people read it: time, attempt, level, message, fields.
    var text: String {
        let fields = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let level = level.padding(toLength: 8, withPad: " ", startingAt: 0)
        return Printable.escaped("\(Moment.clock(time))  \(attempt)  \(level) \(message)\(fields)")
    }
}
