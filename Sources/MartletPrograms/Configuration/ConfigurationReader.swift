internal import Martlet
internal import Yams

/// A reader of typed values in YAML nodes that collects what is wrong instead of stopping at the first problem.
///
/// Each value comes with its path for messages. A reading that fails notes the problem and returns `nil`.
struct ConfigurationReader {
    /// A node and the way to it, such as `jobs.file.compress.command[1]`.
    struct Field {
        let path: String
        let node: Node
        /// The line of the key, which is where a reader looks.
        let line: Int?
    }

    private(set) var problems: [ConfigurationError.Problem] = []
    private let variables: VariableText
    /// True when every variable has to be set, as a worker needs them; a caller that only looks up a queue may be where
    /// they are not set.
    private let needsVariables: Bool
    /// The bytes of values, and of the work on them, that may still be read; aliases and merge keys can make a small
    /// file as large as they like.
    private var allowance = 64 * 1024 * 1024

    init(variables: VariableText, needsVariables: Bool = true) {
        self.variables = variables
        self.needsVariables = needsVariables
    }

    mutating func note(_ field: Field, _ message: String) {
        note(line: field.line, path: field.path, message)
    }

    mutating func note(line: Int?, path: String, _ message: String) {
        problems.append(.init(line: line, message: path.isEmpty ? message : "\(path): \(message)"))
    }

    /// Takes bytes from the allowance.
    ///
    /// Returns false when it is used up; the first time a problem is noted.
    private mutating func mayRead(_ bytes: Int, _ field: Field) -> Bool {
        guard allowance >= 0 else { return false }
        allowance -= 64 + bytes
        if allowance < 0 { note(field, "is too much: with its aliases the file is larger than 64 MiB; write less") }
        return allowance >= 0
    }

    /// The fields of a mapping with their names, in the order of the file.
    ///
    /// Those of a merge key `<<` are among them, but for names that the mapping has itself.
    mutating func entries(_ field: Field, _ expected: String) -> [(name: String, field: Field)]? {
        guard case .mapping(let mapping) = field.node else {
            note(field, "is \(field.node.kind); write \(expected)")
            return nil
        }
        var entries: [(name: String, field: Field)] = []
        var names: Set<String> = []
        var merges: [Field] = []
        for (key, value) in mapping {
            let line = key.mark?.line ?? value.mark?.line
            guard let name = key.scalar?.string else {
                note(line: line, path: field.path, "has \(key.kind) as a key; write a plain word")
                continue
            }
            let path = field.path.isEmpty ? name.shown : "\(field.path).\(name.shown)"
            let entry = Field(path: path, node: value, line: line)
            guard mayRead(path.utf8.count, entry) else { return nil }
            if name == "<<", key.scalar?.isPlain == true {
                merges.append(entry)
                continue
            }
            // YAML itself takes 1 and "1" for two keys.
            if !names.insert(name).inserted { note(line: line, path: path, "is there twice; keep one") }
            entries.append((name, entry))
        }
        for merge in merges {
            let merged: [Field]
            if case .sequence = merge.node { merged = items(merge, "") ?? [] } else { merged = [merge] }
            for source in merged {
                let others = self.entries(source, "a map, an alias of one, or a list of such") ?? []
                for (name, other) in others where names.insert(name).inserted {
                    let path = field.path.isEmpty ? name.shown : "\(field.path).\(name.shown)"
                    entries.append((name, Field(path: path, node: other.node, line: other.line)))
                }
            }
        }
        return entries
    }

    /// The fields of a mapping whose names are fixed.
    ///
    /// Unknown ones are a problem.
    mutating func fields(
        _ field: Field,
        known: [String],
        _ expected: String,
        ignoring isIgnored: (String) -> Bool = { _ in false }
    ) -> [String: Field]? {
        guard let entries = entries(field, expected) else { return nil }
        var fields: [String: Field] = [:]
        for (name, field) in entries {
            if known.contains(name) {
                fields[name] = field
            } else if !isIgnored(name) {
                note(field, "is not a known field; known are \(known.joined(separator: ", "))")
            }
        }
        return fields
    }

    mutating func items(_ field: Field, _ expected: String) -> [Field]? {
        guard case .sequence(let sequence) = field.node else {
            note(field, "is \(field.node.kind); write \(expected)")
            return nil
        }
        guard mayRead(64 * sequence.count, field) else { return nil }
        return sequence.enumerated().map { index, node in
            Field(path: "\(field.path)[\(index)]", node: node, line: node.mark?.line ?? field.line)
        }
    }

    /// Reads any scalar as it is written: `yes`, `10` and `2.0` are text like any other.
    mutating func text(_ field: Field, _ expected: String) -> String? {
        guard let text = field.node.scalar?.string else {
            note(field, "is \(field.node.kind); write \(expected)")
            return nil
        }
        guard mayRead(text.utf8.count, field) else { return nil }
        guard !text.utf8.contains(0) else {
            note(field, "has a NUL character, which no command can be given")
            return nil
        }
        return text
    }

    /// Reads a scalar and puts in the variables; see ``VariableText``.
    mutating func expanded(_ field: Field, _ expected: String) -> String? {
        guard let text = text(field, expected) else { return nil }
        do throws(VariableText.Mistake) {
            return try variables.expand(text)
        } catch {
            switch error {
            case .unset where !needsVariables: return text
            case .unset(let name): note(field, "variable \(name) is not set here; set it, or write $$ for a dollar")
            case .noText where !needsVariables: return text
            case .noText(let name): note(field, "variable \(name) is not UTF-8 text; set it to text")
            case .malformed(let start): note(field, "\(start.quoted) is not ${NAME}; write that, or $$ for a dollar")
            }
            return nil
        }
    }

    mutating func number(_ field: Field, in range: ClosedRange<Int>) -> Int? {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let text = text(field, expected) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            note(field, "\(text.quoted) is not \(expected)")
            return nil
        }
        return number
    }

    /// Reads a duration; `orZero` says that zero has a meaning here.
    mutating func duration(_ field: Field, orZero: Bool = false) -> Duration? {
        guard let text = text(field, "a duration such as 30s") else { return nil }
        guard let duration = DurationText.parse(text) else {
            note(field, "\(text.quoted) is not a duration; \(DurationText.hint)")
            return nil
        }
        guard orZero || duration > .zero else {
            note(field, "\(text.quoted) is no time at all; \(DurationText.hint), or leave the field out")
            return nil
        }
        return duration
    }

    /// Tells whether a text is a name for a job type or a queue, and notes a problem when it is not.
    mutating func isName(_ name: String, of thing: String, _ field: Field) -> Bool {
        let isName = Name.isValid(name)
        if !isName {
            note(field, "\(name.quoted) is not a name for \(thing); \(Name.remedy(for: name))")
        }
        return isName
    }
}

extension Node.Scalar {
    var isPlain: Bool { style == .plain || style == .any }
}

extension Node {
    /// True when there is nothing behind the key but comments.
    var isNothing: Bool {
        guard case .scalar(let scalar) = self, scalar.isPlain else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    /// The kind of the node in words.
    var kind: String {
        switch self {
        case .scalar(let scalar) where scalar.string.isEmpty: "empty"
        case .scalar(let scalar): "the single value \(scalar.string.quoted)"
        case .mapping: "a map of keys and values"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}

extension String {
    /// The text in quotes, on one line and cut to 80 characters.
    var quoted: String {
        "\"\(shown)\""
    }

    fileprivate var shown: String {
        Printable.escaped(self, limit: 80)
    }
}
