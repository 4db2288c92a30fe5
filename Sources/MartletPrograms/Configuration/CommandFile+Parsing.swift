internal import Foundation
internal import Martlet
internal import ProcessSupervision
internal import Yams

extension CommandFile {
    /// Reads the text of a configuration.
    ///
    /// - Parameters:
    ///   - text: the YAML text.
    ///   - file: its name in messages.
    ///   - folder: where relative paths start.
    ///   - purpose: what it is read for.
    ///   - variable: the bytes of a variable that it names, by default of this process's environment.
    /// - Returns: what the file says.
    /// - Throws: `ConfigurationError` with every problem found; of broken YAML the first.
    package static func parse(
        _ text: String,
        file: String,
        folder: String,
        for purpose: Purpose = .working,
        variable: @escaping @Sendable (String) -> [UInt8]? = { ProcessEnvironment.inherited().bytes(of: $0) }
    ) throws(ConfigurationError) -> CommandFile {
        if let excess = YAMLBounds.excess(in: text) {
            throw ConfigurationError(file: file, line: excess.line, excess.message)
        }
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
        let reader = ConfigurationReader(
            variables: VariableText(value: variable),
            needsVariables: purpose == .working
        )
        var parsing = Parsing(folder: folder, reader: reader)
        let configuration = parsing.configuration(root)
        guard let configuration, parsing.reader.problems.isEmpty else {
            let problems = parsing.reader.problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
            throw ConfigurationError(file: file, problems: problems)
        }
        return configuration
    }
}

/// A reading of one file.
///
/// Each method reads one part and returns `nil` after it noted a problem there.
private struct Parsing {
    typealias Field = ConfigurationReader.Field

    let folder: String
    var reader: ConfigurationReader

    mutating func configuration(_ root: Node) -> CommandFile? {
        let whole = Field(path: "", node: root, line: root.mark?.line)
        let known = ["queues", "concurrency", "jobs", "schedules", "archive"]
        let fields = reader.fields(whole, known: known, "a map with jobs:") { name in
            // Keys that begin with x- hold what anchors share; include: is refused with a reason of its own.
            name.hasPrefix("x-") || name == "include"
        }
        guard let fields else { return nil }
        if let include = root.mapping?["include"] {
            let field = Field(path: "include", node: include, line: include.mark?.line)
            reader.note(
                field,
                "is not known: a configuration is one file; run a worker for each, or share with x- keys"
            )
        }
        let queues = fields["queues"].flatMap { $0.node.isNothing ? nil : self.queues($0) }
        let concurrency = fields["concurrency"].flatMap { reader.number($0, in: 1...CommandFile.mostConcurrency) }
        guard let jobsField = fields["jobs"] else {
            reader.note(line: nil, path: "jobs", "is missing; write a map of job types, each with a command")
            return nil
        }
        let entries =
            jobsField.node.isNothing ? [] : reader.entries(jobsField, "a map of job types, each with a command") ?? []
        // After a mistake above, a queue that seems to be missing may be that mistake.
        let names = reader.problems.isEmpty ? queues.map { Set($0.map(\.name)) } : nil
        let jobParsing = JobParsing(folder: folder, queues: names)
        let jobs = entries.compactMap { jobParsing.job($0.name, $0.field, &reader) }
        let scheduleParsing = ScheduleParsing(jobs: jobs, types: Set(entries.map(\.name)))
        let schedules = fields["schedules"].map { scheduleParsing.schedules($0, &reader) } ?? []
        let archive = fields["archive"].flatMap { $0.node.isNothing ? nil : self.archive($0, jobParsing) }
        return CommandFile(
            queues: queues,
            concurrency: concurrency,
            jobs: jobs,
            schedules: schedules,
            archive: archive
        )
    }

    private mutating func archive(_ field: Field, _ parsing: JobParsing) -> CommandFile.ArchiveSettings? {
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
        let after = fields["after"].flatMap { reader.duration($0, orZero: true) }
        let retention = fields["retention"].flatMap { reader.duration($0) }
        guard let path = parsing.path(pathField, &reader) else { return nil }
        return CommandFile.ArchiveSettings(path: path, after: after, retention: retention)
    }

    private mutating func queues(_ field: Field) -> [CommandFile.Queue]? {
        let expected = "a list such as [default, mail], or weights such as {mail: 5, default: 1}"
        var queues: [CommandFile.Queue] = []
        var names: Set<String> = []
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
                if !names.insert(name).inserted {
                    reader.note(field, "\(name.quoted) is there already; name each queue once")
                }
                queues.append(.init(name: name, weight: 1))
            }
        }
        if field.node.isEmptyCollection { reader.note(field, "is empty; write \(expected), or leave the field out") }
        return queues
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
