internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletOutbox
internal import MartletPrograms

struct JobEnqueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enqueue",
        abstract: "Enqueue a job and print its id.",
        discussion: """
            martlet job enqueue report.daily '{"day":"2026-11-23"}' --queue reports
            martlet job enqueue import.users - < users.json
            """
    )

    @Argument(help: "The job type, for example email.welcome.")
    var type: String
    @Argument(help: "The payload as JSON; - reads it from standard input.")
    var payload: String = "{}"
    @Option(help: "Enqueue to this queue. Default: the queue that --config gives the type, else default.")
    var queue: String?
    @Option(
        name: .shortAndLong,
        help: "Read the type's queue and deadline from this file. Default: martlet.yaml, if it is here."
    )
    var config: String?
    @Option(help: "Use this id. The same id twice gives the job that is there.")
    var id: String?
    @Option(help: "Name what the job is about, for example ldap-source/7.")
    var object: String?
    @OptionGroup var job: JobOptionsArguments
    @Option(name: .customLong("in"), help: "Run it this long from now, for example 500ms, 30s, 10m or 1h30m.")
    var delay: DurationArgument?
    @Option(
        help: "Run it at this time: 2026-11-23T12:00:00Z, 2026-11-23 (midnight, here), or ms since 1970.",
        transform: TimeArgument.init
    )
    var at: TimeArgument?
    @Option(
        help: ArgumentHelp(
            "Put the job into this file first, where it is safe while Redis is away. What is in it goes to Redis now, or "
                + "with the next such call or a relay (martlet outbox relay) once Redis is back.",
            valueName: "path"
        )
    )
    var spool: String?
    @Flag(help: "Print one JSON object.")
    var json = false
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard delay == nil || at == nil else { throw ValidationError("--in and --at exclude each other: give one.") }
    }

    func run() async throws {
        let text = payload == "-" ? try PayloadInput.read() : payload
        let start: JobStart = delay.map { .after($0.duration) } ?? at.map { .at($0.date) } ?? .now
        let job = try NewJob(
            type: type,
            json: text,
            id: id,
            options: job.options(queue: queue, object: object).or(try configured()),
            start: start
        )
        if let spool { return try await enqueue(job, through: spool) }
        try await connection.withClient { client in
            for warning in try await client.inspector.fitness().warnings {
                Terminal.say("warning: \(Printable.escaped(warning.description))")
            }
            try await client.enqueue([job]).forEach(show)
        }
    }

    private func show(_ entered: EnqueuedJob) {
        if json {
            var line = JSONObjectText()
            line.append("id", "\(entered.id)")
            line.append("new", entered.isNew)
            Terminal.print(line.text)
        } else {
            Terminal.print("\(entered.id)")
            if !entered.isNew {
                Terminal.say(
                    "a job with this id was there already; it was left as it is (with --retention 0s an id is free again "
                        + "as soon as its job has ended)"
                )
            }
        }
    }

    /// Enqueues a job through a spool.
    ///
    /// The job is safe once it is in the spool; the output only tells whether Redis has it yet.
    private func enqueue(_ job: NewJob, through path: String) async throws {
        // A mistake in the options of the connection is reported before the job is enqueued.
        try await connection.withClient { client in
            let spool = try Spool.open(path)
            try await spool.enqueue([job]).forEach(show)
            do {
                _ = try await OutboxRelay(spool, to: client).relayOnce()
            } catch {
                let waiting = try await spool.status().pending
                Terminal.say(Printable.escaped("\(error); \(waiting) wait in \(path)"))
            }
            try await OutboxCommand.tellOfRefused(spool)
        }
    }

    /// The queue that the file gives the type, so that the job goes where the file's workers look for it, and its
    /// deadline.
    ///
    /// A file that nobody named is not looked at where the call gives the queue.
    private func configured() throws -> JobOptions {
        let standard = "martlet.yaml"
        guard config != nil || queue == nil && FileManager.default.fileExists(atPath: standard) else {
            return JobOptions()
        }
        let path = config ?? standard
        let job = try CommandFile.load(path: path, for: .lookingUp).jobs.first { $0.type == type }
        if job == nil { Terminal.say("note: \(path) has no job \(Printable.escaped(type, limit: 80))") }
        return JobOptions(queue: job?.queue, deadline: job?.options.deadline)
    }
}
