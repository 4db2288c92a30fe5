internal import Martlet
internal import Yams

extension CommandFile {
    /// Reads the text of a configuration. `file` is its name in messages, `folder` where relative directories start.
    ///
    /// - Throws: `ConfigurationError` with every problem found; of broken YAML the first.
    package static func parse(
        _ text: String,
        file: String,
        folder: String
    ) throws(ConfigurationError) -> CommandFile {
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch let error as YamlError {
            throw ConfigurationError(
                file: file,
                line: error.line(in: text),
                Printable.escaped(error.sentence, limit: 400)
            )
        } catch {
            throw ConfigurationError(file: file, "\(error)")
        }
        guard let root else { throw ConfigurationError(file: file, "is empty; write at least jobs:") }
        var parsing = Parsing(folder: folder)
        let configuration = parsing.configuration(root)
        guard let configuration, parsing.reader.problems.isEmpty else {
            let problems = parsing.reader.problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
            throw ConfigurationError(file: file, problems: problems)
        }
        return configuration
    }
}

/// One reading of a file. Each method reads one part and gives `nil` after it noted a problem there.
private struct Parsing {
    typealias Field = ConfigurationReader.Field

    let folder: String
    var reader = ConfigurationReader()

    mutating func configuration(_ root: Node) -> CommandFile? {
        let whole = Field(path: "", node: root, line: root.mark?.line)
        let known = ["queues", "concurrency", "jobs", "schedules", "archive"]
        guard let fields = reader.fields(whole, known: known, "a map with jobs:") else { return nil }
        let queues = fields["queues"].flatMap { self.queues($0) }
        let concurrency = fields["concurrency"].flatMap { reader.number($0, in: 1...CommandFile.mostConcurrency) }
        guard let jobsField = fields["jobs"] else {
            reader.note(line: nil, path: "jobs", "is missing; write a map of job types, each with a command")
            return nil
        }
        let entries = reader.entries(jobsField, "a map of job types, each with a command")
        if jobsField.node.isEmptyCollection { reader.note(jobsField, "is empty; write at least one job type") }
        // With a mistake above, what is missing among the queues may be that mistake.
        let names = reader.problems.isEmpty ? queues?.map(\.name) : nil
        let jobs = (entries ?? []).compactMap { self.job($0.name, $0.field, queues: names) }
        let parsing = ScheduleParsing(jobs: jobs, types: (entries ?? []).map(\.name))
        let schedules = fields["schedules"].map { parsing.schedules($0, &reader) } ?? []
        let archive = fields["archive"].flatMap { self.archive($0) }
        return CommandFile(
            queues: queues,
            concurrency: concurrency,
            jobs: jobs,
            schedules: schedules,
            archive: archive
        )
    }

    private mutating func archive(_ field: Field) -> CommandFile.ArchiveSettings? {
        let expected = "a map with path:, the file that finished jobs go to"
        guard let fields = reader.fields(field, known: ["path", "after", "retention"], expected) else { return nil }
        guard let pathField = fields["path"] else {
            reader.note(
                line: field.line,
                path: "\(field.path).path",
                "is missing; write the file that finished jobs go to"
            )
            return nil
        }
        let after = fields["after"].flatMap { reader.duration($0) }
        let retention = fields["retention"].flatMap { reader.duration($0) }
        guard let path = reader.text(pathField, "a path") else { return nil }
        return CommandFile.ArchiveSettings(
            path: absolute(path),
            after: after,
            retention: retention
        )
    }

    private mutating func queues(_ field: Field) -> [CommandFile.Queue]? {
        let expected = "a list such as [default, mail], or weights such as {mail: 5, default: 1}"
        var queues: [CommandFile.Queue] = []
        if case .mapping = field.node {
            for (name, field) in reader.entries(field, expected) ?? [] {
                guard reader.isName(name, of: "a queue", field) else { continue }
                guard let weight = reader.number(field, in: 1...1000) else { continue }
                queues.append(.init(name: name, weight: weight))
            }
        } else {
            for field in reader.items(field, expected) ?? [] {
                guard let name = reader.text(field, "the name of a queue") else { continue }
                guard reader.isName(name, of: "a queue", field) else { continue }
                if queues.contains(where: { $0.name == name }) {
                    reader.note(field, "\(name.quoted) is there already; name each queue once")
                }
                queues.append(.init(name: name, weight: 1))
            }
        }
        if field.node.isEmptyCollection { reader.note(field, "is empty; write \(expected), or leave the field out") }
        return queues
    }

    private mutating func job(_ type: String, _ field: Field, queues: [String]?) -> CommandFile.Job? {
        let isNamed = reader.isName(type, of: "a job type", field)
        let known = [
            "command", "queue", "max_retries", "time_limit", "backoff", "backoff_max", "retention", "environment",
            "directory",
        ]
        guard let fields = reader.fields(field, known: known, "a map with command:") else { return nil }
        let arguments: [String]?
        if let command = fields["command"] {
            arguments = self.arguments(command)
        } else {
            let path = "\(field.path).command"
            reader.note(line: field.line, path: path, "is missing; write command: [program, argument]")
            arguments = nil
        }
        let queue = self.queue(fields["queue"], of: field, among: queues)
        let maxRetries = fields["max_retries"].flatMap { reader.number($0, in: 0...1000) }
        let timeLimit = fields["time_limit"].flatMap { reader.duration($0) }
        let backoff = fields["backoff"].flatMap { reader.duration($0) }
        let backoffMax = fields["backoff_max"].flatMap { reader.duration($0) }
        if let backoff, let backoffMax, let field = fields["backoff_max"], backoffMax < backoff {
            reader.note(field, "is shorter than backoff; write at least as much")
        }
        let retention = fields["retention"].flatMap { reader.duration($0) }
        let environment = fields["environment"].flatMap { self.environment($0) }
        let directory = fields["directory"].flatMap { self.directory($0) }
        guard isNamed, let arguments else { return nil }
        return CommandFile.Job(
            type: type,
            command: Command(arguments: arguments, environment: environment ?? [:], directory: directory),
            queue: queue ?? CommandFile.defaultQueue,
            maxRetries: maxRetries,
            timeLimit: timeLimit,
            backoff: backoff,
            backoffMax: backoffMax,
            retention: retention
        )
    }

    private mutating func arguments(_ field: Field) -> [String]? {
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

    /// A job in a queue that no worker with this file claims from would wait for ever.
    private mutating func queue(_ field: Field?, of job: Field, among queues: [String]?) -> String? {
        guard let field else {
            if let queues, !queues.contains(CommandFile.defaultQueue) {
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

    private mutating func environment(_ field: Field) -> [String: String]? {
        guard let entries = reader.entries(field, "a map such as {LANG: C}") else { return nil }
        var environment: [String: String] = [:]
        for (name, field) in entries {
            if name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) || name.utf8.contains(0) {
                reader.note(field, "\(name.quoted) is not a name for a variable; leave out = and NUL")
            } else {
                environment[name] = reader.text(field, "one value, in quotes if it has spaces")
            }
        }
        return environment
    }

    private mutating func directory(_ field: Field) -> String? {
        guard let path = reader.text(field, "a path") else { return nil }
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

extension Node {
    fileprivate var isEmptyCollection: Bool {
        switch self {
        case .mapping(let mapping): mapping.isEmpty
        case .sequence(let sequence): sequence.isEmpty
        case .scalar, .alias: false
        }
    }
}

extension YamlError {
    fileprivate func line(in text: String) -> Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        case .reader(_, let offset, _, _):
            offset.map { text.prefix($0).count(where: \.isNewline) + 1 }
        default: nil
        }
    }

    fileprivate var sentence: String {
        switch self {
        case .scanner(let context, let problem, _, _), .parser(let context, let problem, _, _),
            .composer(let context, let problem, _, _):
            "is not YAML: \(context.map { "\($0.text) " } ?? "")\(problem)"
        case .duplicatedKeysInMapping(let keys, _):
            "the same key twice: \(keys.joined(separator: ", ")); keep one"
        case .reader(let problem, _, _, _): "is not YAML: \(problem)"
        default: "is not YAML: \(self)"
        }
    }
}
