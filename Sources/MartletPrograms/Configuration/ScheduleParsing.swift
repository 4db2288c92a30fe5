internal import Martlet
internal import Yams

/// A reader of `schedules:` in a configuration.
///
/// Each method returns `nil` after it noted a problem.
struct ScheduleParsing {
    typealias Field = ConfigurationReader.Field

    /// The jobs of the same file by type, without those that have mistakes.
    let jobs: [String: CommandFile.Job]
    /// All job types that the file names.
    let types: Set<String>
    init(jobs: [CommandFile.Job], types: Set<String>) {
        self.jobs = Dictionary(jobs.map { ($0.type, $0) }) { first, _ in first }
        self.types = types
    }

    func schedules(_ field: Field, _ reader: inout ConfigurationReader) -> [Schedule] {
        if field.node.isNothing { return [] }
        let expected = "a map of schedules, each with cron: and job:"
        let entries = reader.entries(field, expected) ?? []
        return entries.compactMap { schedule($0.name, $0.field, &reader) }
    }

    private func schedule(_ name: String, _ field: Field, _ reader: inout ConfigurationReader) -> Schedule? {
        let known = [
            "cron", "every", "anchor", "zone", "job", "payload", "object", "priority", "splay", "catch_up", "overlap",
        ]
        guard let fields = reader.fields(field, known: known, "a map with cron: and job:") else { return nil }
        let before = reader.problems.count
        guard Name.isValid(name), name.utf8.count <= 100 else {
            reader.note(field, "\(name.quoted) is not a name for a schedule; \(Name.remedy(for: name, most: 100))")
            return nil
        }
        for (missing, example) in [("cron", "\"0 3 * * *\""), ("job", "one of the job types")]
        where fields[missing] == nil && !(missing == "cron" && fields["every"] != nil) {
            reader.note(line: field.line, path: "\(field.path).\(missing)", "is missing; write \(missing): \(example)")
        }
        let cron =
            fields["every"].map { interval($0, fields, &reader) }
            ?? fields["cron"].flatMap { self.cron($0, name, &reader) }
        if fields["every"] == nil, let anchor = fields["anchor"] { reader.note(anchor, "goes with every: only") }
        let zone = fields["zone"].flatMap { self.zone($0, &reader) }
        let type = fields["job"].flatMap { self.type($0, &reader) }
        let payload = fields["payload"].flatMap { json($0, &reader) }
        var options = type.flatMap { jobs[$0] }?.options ?? JobOptions()
        options.object = fields["object"].flatMap { object($0, &reader) }
        options.priority = fields["priority"].flatMap { reader.number($0, in: JobLimits.priority) }
        let splay = fields["splay"].flatMap { self.splay($0, &reader) }
        let catchUp = fields["catch_up"].flatMap { self.catchUp($0, &reader) }
        let overlap = fields["overlap"].flatMap { self.overlap($0, &reader) }
        guard reader.problems.count == before, let cron, let type else { return nil }
        do throws(JobError) {
            return try Schedule(
                name,
                cron: cron,
                zone: zone ?? "UTC",
                type: type,
                json: payload ?? "{}",
                options: options,
                splay: splay ?? .zero,
                catchUp: catchUp ?? .latest,
                overlap: overlap ?? .skip
            )
        } catch {
            reader.note(field, error.message)
            return nil
        }
    }

    private func cron(_ field: Field, _ name: String, _ reader: inout ConfigurationReader) -> String? {
        guard let text = reader.text(field, "a cron expression such as \"0 3 * * *\"") else { return nil }
        do throws(CronError) {
            return try Cron(text, name: name).text
        } catch {
            reader.note(field, "\(error)")
            return nil
        }
    }

    /// Reads `every: 17h`, with `anchor: 2026-11-28T06:00:00Z` for one of its instants, as a cron expression.
    private func interval(_ field: Field, _ fields: [String: Field], _ reader: inout ConfigurationReader) -> String? {
        if let cron = fields["cron"] {
            reader.note(cron, "is given beside every:; write one of them")
            return nil
        }
        guard let length = reader.text(field, "an interval such as 17h or 1h30m") else { return nil }
        var text = "@every \(length)"
        if let anchor = fields["anchor"] {
            guard let time = reader.text(anchor, "a time such as 2026-11-28T06:00:00Z") else { return nil }
            text += " from \(time)"
        }
        do throws(CronError) {
            return try Cron(text, name: "").text
        } catch {
            reader.note(
                error.value == length ? field : fields["anchor"] ?? field,
                "\(error.value.quoted) is not acceptable; \(error.remedy)"
            )
            return nil
        }
    }

    private func zone(_ field: Field, _ reader: inout ConfigurationReader) -> String? {
        guard let text = reader.text(field, "a time zone such as Europe/Berlin") else { return nil }
        do throws(ZoneError) {
            return try Zone(text).identifier
        } catch {
            reader.note(field, "\(error)")
            return nil
        }
    }

    /// Reads a job type.
    ///
    /// A type that is not in the file is refused, since its jobs would wait for ever.
    private func type(_ field: Field, _ reader: inout ConfigurationReader) -> String? {
        guard let type = reader.text(field, "one of the job types") else { return nil }
        guard types.contains(type) else {
            reader.note(field, "\(type.quoted) is not among jobs; write one of their names, or add it there")
            return nil
        }
        return type
    }

    private func object(_ field: Field, _ reader: inout ConfigurationReader) -> String? {
        guard let object = reader.text(field, "what the jobs are about, such as disk/1") else { return nil }
        guard JobLimits.objectBytes.contains(object.utf8.count) else {
            reader.note(field, "\(object.quoted) is not 1 to 256 bytes long; write less, or leave the field out")
            return nil
        }
        return object
    }

    private func splay(_ field: Field, _ reader: inout ConfigurationReader) -> Duration? {
        guard let splay = reader.duration(field, orZero: true) else { return nil }
        guard splay <= Schedule.mostSplay else {
            reader.note(field, "is longer than a week; write at most 168h")
            return nil
        }
        return splay
    }

    private func catchUp(_ field: Field, _ reader: inout ConfigurationReader) -> CatchUp? {
        let expected = "latest, skip, all, or all with a number up to 1000, such as all 10"
        guard let text = reader.text(field, expected) else { return nil }
        guard let catchUp = CatchUp(text) else {
            reader.note(field, "\(text.quoted) is none of the rules; write \(expected)")
            return nil
        }
        return catchUp
    }

    private func overlap(_ field: Field, _ reader: inout ConfigurationReader) -> Overlap? {
        guard let text = reader.text(field, "skip or allow") else { return nil }
        guard let overlap = Overlap(rawValue: text) else {
            reader.note(field, "\(text.quoted) is none of the rules; write skip or allow")
            return nil
        }
        return overlap
    }

    /// Writes YAML as JSON.
    ///
    /// A plain value that JSON would read as a number, a truth value or null is written as that; all else is text.
    private func json(_ field: Field, _ reader: inout ConfigurationReader, depth: Int = 0) -> String? {
        guard depth < JSONSyntax.deepest else {
            reader.note(field, "is nested deeper than \(JSONSyntax.deepest) levels; write less")
            return nil
        }
        switch field.node {
        case .scalar(let scalar):
            let text = scalar.string
            let isWord = text.first.map { !"\"[{".contains($0) } ?? false
            if scalar.isPlain, isWord, JSONSyntax.isValue(text) { return text }
            return reader.text(field, "JSON or YAML").map { JSONText.quoted($0) }
        case .sequence:
            guard let items = reader.items(field, "a list") else { return nil }
            let texts = items.compactMap { json($0, &reader, depth: depth + 1) }
            return texts.count == items.count ? "[\(texts.joined(separator: ","))]" : nil
        case .mapping:
            guard let entries = reader.entries(field, "a map") else { return nil }
            let texts = entries.compactMap { name, field in
                json(field, &reader, depth: depth + 1).map { "\(JSONText.quoted(name)):\($0)" }
            }
            return texts.count == entries.count ? "{\(texts.joined(separator: ","))}" : nil
        case .alias:
            reader.note(field, "is an alias; write its value")
            return nil
        }
    }
}
