internal import FoundationEssentials

/// The editable fields of a schedule, as stored in its hash; all are texts.
public enum ScheduleField: String, Sendable, Hashable, CaseIterable {
    /// The cron expression.
    case cron
    /// The name of the time zone.
    case zone
    /// The type of the jobs.
    case type
    /// The payload of the jobs, JSON.
    case payload
    /// The queue of the jobs.
    case queue
    /// The object that the jobs are about; empty for none.
    case object
    /// The options of the jobs but for queue and object: a JSON object as the enqueue script takes it, or empty.
    case options
    /// The splay in whole milliseconds.
    case splay = "splay_ms"
    /// The rule for missed slots: `latest`, `skip` or `all 100`.
    case catchUp = "catch_up"
    /// The rule while a job has not finished: `skip` or `allow`.
    case overlap
}

extension Schedule {
    /// The fields as Redis holds them.
    var texts: [ScheduleField: String] {
        var others = options
        (others.queue, others.object) = (nil, nil)
        return [
            .cron: cron.text, .zone: zone.identifier, .type: type, .payload: payload, .queue: queue,
            .object: options.object ?? "", .options: others.json.textOrNothing,
            .splay: "\(splay.milliseconds)", .catchUp: catchUp.description, .overlap: overlap.rawValue,
        ]
    }

    /// The schedule as the scripts take it, a JSON object of texts.
    var json: JSONObjectText {
        var object = JSONObjectText()
        for (field, text) in texts { object.append(field.rawValue, text) }
        return object
    }

    /// Reads the fields that Redis holds, which anybody may have written.
    ///
    /// - Throws: ``JobError`` with the code `invalid`, which names the field.
    init(_ name: String, _ texts: [ScheduleField: String]) throws(JobError) {
        guard let catchUp = CatchUp(texts[.catchUp] ?? "") else {
            throw JobError.invalid(
                "catch_up",
                texts[.catchUp] ?? "",
                "use latest, skip, or all and a number up to 1000"
            )
            .of(schedule: name)
        }
        guard let overlap = Overlap(rawValue: texts[.overlap] ?? "") else {
            throw JobError.invalid("overlap", texts[.overlap] ?? "", "use skip or allow").of(schedule: name)
        }
        guard let splay = Int64(texts[.splay] ?? "") else {
            throw JobError.invalid("splay_ms", texts[.splay] ?? "", "use whole milliseconds").of(schedule: name)
        }
        guard var options = JobOptions(stored: texts[.options] ?? "") else {
            throw JobError.invalid("options", texts[.options] ?? "", "use a JSON object, or nothing").of(schedule: name)
        }
        options.queue = texts[.queue]
        options.object = texts[.object].flatMap { $0.isEmpty ? nil : $0 }
        try self.init(
            name,
            cron: texts[.cron] ?? "",
            zone: texts[.zone] ?? "",
            type: texts[.type] ?? "",
            json: texts[.payload] ?? "",
            isStored: true,
            options: options,
            splay: .milliseconds(splay),
            catchUp: catchUp,
            overlap: overlap
        )
    }
}

extension JobOptions {
    /// Reads the JSON that a schedule's options are stored as; nil when it is none.
    init?(stored text: String) {
        guard !text.isEmpty else {
            self.init()
            return
        }
        guard let stored = try? JSONDecoder().decode(StoredOptions.self, from: Data(text.utf8)) else { return nil }
        self.init(
            priority: stored.priority,
            maxRetries: stored.max_retries,
            timeLimit: stored.time_limit_ms.map { .milliseconds($0) },
            backoff: stored.backoff_ms.map { .milliseconds($0) },
            maxBackoff: stored.backoff_max_ms.map { .milliseconds($0) },
            retention: stored.retention_ms.map { .milliseconds($0) },
            deadline: stored.deadline_ms.map { .after(.milliseconds($0)) }
                ?? stored.deadline.map { .at(Date(milliseconds: $0)) }
        )
    }
}

/// Options with the names of the stored JSON.
private struct StoredOptions: Decodable {
    let priority, max_retries: Int?
    let time_limit_ms, backoff_ms, backoff_max_ms, retention_ms, deadline_ms, deadline: Int64?
}
