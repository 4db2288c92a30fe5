internal import Foundation
internal import Martlet
internal import Yams

/// A reader of `jobs:` in a configuration.
///
/// Each method returns `nil` after it noted a problem.
struct JobParsing {
    typealias Field = ConfigurationReader.Field

    /// The folder where relative paths start.
    let folder: String
    /// The queues that the file names; `nil` where it names none, or none that could be read.
    let queues: Set<String>?

    /// The most variables that the file may give to a program.
    private static let mostVariables = 1000
    /// The most bytes of a variable with its name; the kernel takes 128 KiB.
    private static let longestValue = 64 * 1024

    private static let known = [
        "command", "queue", "max_retries", "time_limit", "kill_after", "backoff", "backoff_max", "retention",
        "deadline",
        "environment", "directory", "user", "umask", "limits",
    ]

    func job(_ type: String, _ field: Field, _ reader: inout ConfigurationReader) -> CommandFile.Job? {
        let isNamed = reader.isName(type, of: "a job type", field)
        guard let fields = reader.fields(field, known: Self.known, "a map with command:") else { return nil }
        let command = command(field, fields, &reader)
        let queue = self.queue(fields["queue"], of: field, &reader)
        let maxRetries = fields["max_retries"].flatMap { reader.number($0, in: JobLimits.maxRetries) }
        let timeLimit = fields["time_limit"].flatMap { reader.duration($0) }
        let backoff = fields["backoff"].flatMap { reader.duration($0, orZero: true) }
        let backoffMax = fields["backoff_max"].flatMap { reader.duration($0, orZero: true) }
        if let backoff, let backoffMax, let field = fields["backoff_max"], backoffMax < backoff {
            reader.note(field, "is shorter than backoff; write at least as much")
        }
        let retention = fields["retention"].flatMap { reader.duration($0, orZero: true) }
        let deadline = fields["deadline"].flatMap { reader.duration($0) }
        guard isNamed, let command else { return nil }
        return CommandFile.Job(
            type: type,
            command: command,
            queue: queue ?? JobDefaults.queue,
            maxRetries: maxRetries,
            timeLimit: timeLimit,
            backoff: backoff,
            backoffMax: backoffMax,
            retention: retention,
            deadline: deadline
        )
    }

    private func command(
        _ field: Field,
        _ fields: [String: Field],
        _ reader: inout ConfigurationReader
    ) -> Command? {
        var command = Command(arguments: [])
        var arguments: [String]?
        if let field = fields["command"] {
            arguments = self.arguments(field, &reader)
        } else {
            let path = "\(field.path).command"
            reader.note(line: field.line, path: path, "is missing; write command: [program, argument]")
        }
        if let field = fields["environment"], !field.node.isNothing { readEnvironment(field, &command, &reader) }
        command.directory = fields["directory"].flatMap { path($0, &reader) }
        command.killAfter = fields["kill_after"].flatMap { reader.duration($0, orZero: true) }
        command.user = fields["user"].flatMap { user($0, &reader) }
        command.mask = fields["umask"].flatMap { mask($0, &reader) }
        if let field = fields["limits"], !field.node.isNothing { command.limits = limits(field, &reader) }
        guard var arguments, let program = arguments.first else { return nil }
        // A program is looked for in the folder where it runs, which without a directory would be wherever the worker
        // was started.
        if fields["directory"] == nil, program.contains("/") { arguments[0] = absolute(program) }
        command.arguments = arguments
        return command
    }

    private func arguments(_ field: Field, _ reader: inout ConfigurationReader) -> [String]? {
        if let line = field.node.scalar?.string, !line.isEmpty {
            let words = Printable.escaped(
                line.split(whereSeparator: \.isWhitespace).joined(separator: ", "),
                limit: 200
            )
            reader.note(
                field,
                "\(line.quoted) is a line for a shell, and no shell runs here; write a list such as [\(words)], "
                    + "or [sh, -c, '...'] if it has to be a shell"
            )
            return nil
        }
        guard let items = reader.items(field, "a list such as [gzip, -k, data.txt]") else { return nil }
        let arguments = items.compactMap { reader.text($0, "one word, in quotes if it has spaces") }
        guard arguments.count == items.count else { return nil }
        guard let program = arguments.first, !program.isEmpty else {
            reader.note(field, "has no program; write a list such as [gzip, -k, data.txt]")
            return nil
        }
        return arguments
    }

    /// Reads the queue of a job, which has to be among the queues of the file: in any other the job would wait for
    /// ever.
    private func queue(_ field: Field?, of job: Field, _ reader: inout ConfigurationReader) -> String? {
        guard let field else {
            if let queues, !queues.contains(JobDefaults.queue) {
                reader.note(job, "has no queue:, and default is not among queues; write a queue, or add default there")
            }
            return nil
        }
        guard let name = reader.text(field, "the name of a queue") else { return nil }
        guard reader.isName(name, of: "a queue", field) else { return nil }
        if let queues, !queues.contains(name) {
            reader.note(field, "\(name.quoted) is not among queues, so no job would be claimed there; add it to queues")
        }
        return name
    }

    private func readEnvironment(_ field: Field, _ command: inout Command, _ reader: inout ConfigurationReader) {
        guard let entries = reader.entries(field, "a map such as {LANG: C}") else { return }
        guard entries.count <= Self.mostVariables else {
            reader.note(
                field,
                "has \(entries.count) variables; write at most \(Self.mostVariables), the rest into a file"
            )
            return
        }
        for (name, field) in entries {
            if name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) || name.utf8.contains(0) {
                reader.note(field, "\(name.quoted) is not a name for a variable; leave out = and NUL")
            } else if case .mapping = field.node {
                let fields = reader.fields(field, known: ["file"], "a value, or {file: PATH}")
                if let file = fields?["file"] {
                    command.secrets[name] = path(file, &reader)
                } else if fields != nil {
                    reader.note(field, "is a map without file:; write a value, or {file: PATH}")
                }
            } else if let value = reader.expanded(field, "one value, in quotes if it has spaces, or {file: PATH}") {
                if name.utf8.count + value.utf8.count > Self.longestValue {
                    reader.note(field, "is longer than 64 KiB; write it into a file, and the file's path here")
                }
                command.environment[name] = value
            }
        }
    }

    private func limits(_ field: Field, _ reader: inout ConfigurationReader) -> CommandLimits {
        let known = ["memory", "cpu", "files", "processes"]
        guard let fields = reader.fields(field, known: known, "a map such as {memory: 512M, cpu: 60s}") else {
            return CommandLimits()
        }
        return CommandLimits(
            memory: fields["memory"].flatMap { size($0, &reader) },
            cpu: fields["cpu"].flatMap { cpu($0, &reader) },
            files: fields["files"].flatMap { reader.number($0, in: 3...1_048_576) }.map { UInt64($0) },
            processes: fields["processes"].flatMap { reader.number($0, in: 1...4_194_304) }.map { UInt64($0) }
        )
    }

    private func size(_ field: Field, _ reader: inout ConfigurationReader) -> UInt64? {
        guard let text = reader.text(field, "a size such as 512M") else { return nil }
        guard let size = SizeText.parse(text), size >= 1 << 20 else {
            reader.note(field, "\(text.quoted) is not a size of at least 1M; \(SizeText.hint)")
            return nil
        }
        return size
    }

    private func cpu(_ field: Field, _ reader: inout ConfigurationReader) -> Duration? {
        guard let cpu = reader.duration(field) else { return nil }
        guard cpu.components.attoseconds == 0 else {
            reader.note(field, "is no whole number of seconds; the kernel counts those")
            return nil
        }
        return cpu
    }

    private func mask(_ field: Field, _ reader: inout ConfigurationReader) -> Int32? {
        guard let text = reader.text(field, "an octal number such as 027") else { return nil }
        guard (1...4).contains(text.utf8.count), let mask = Int32(text, radix: 8), (0...0o777).contains(mask) else {
            reader.note(field, "\(text.quoted) is not an octal number from 0 to 777; write one such as 027")
            return nil
        }
        return mask
    }

    private func user(_ field: Field, _ reader: inout ConfigurationReader) -> String? {
        guard let name = reader.expanded(field, "the name of a user") else { return nil }
        guard (1...256).contains(name.utf8.count) else {
            reader.note(field, "\(name.quoted) is not the name of a user; write one, or leave the field out")
            return nil
        }
        return name
    }

    /// Reads a path, which starts at the file's folder when it is relative.
    func path(_ field: Field, _ reader: inout ConfigurationReader) -> String? {
        guard let path = reader.expanded(field, "a path") else { return nil }
        guard !path.isEmpty else {
            reader.note(field, "is empty; write a path, or leave the field out")
            return nil
        }
        return absolute(path)
    }

    private func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }
}
