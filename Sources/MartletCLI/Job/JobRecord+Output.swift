internal import Foundation
internal import Martlet

extension JobRecord {
    /// The record as one JSON object with the field names of the hash.
    ///
    /// Payload and progress stay as they are stored.
    var json: String { json(nil) }

    /// Formats the record as ``json``, with the place of the job in a list when `cursor` is given, for the next page.
    func json(_ cursor: JobCursor?) -> String {
        var fields: [String: JSONValue] = [
            "id": .string("\(id)"),
            "queue": .string(id.queue),
            "type": .string(type),
            "state": .string(state.rawValue),
            "status": .string(status),
            "priority": .integer(Int64(priority)),
            "attempt": .integer(Int64(attempt)),
            "enqueued_at": .time(enqueuedAt),
        ]
        fields["cursor"] = cursor.map { .string("\($0)") }
        fields["object"] = object.map { .string($0) }
        fields["schedule"] = schedule.map { .string($0) }
        fields["slot"] = slot.map { .time($0) }
        fields["deadline"] = deadline.map { .time($0) }
        fields["due_at"] = dueAt.map { .time($0) }
        fields["started_at"] = startedAt.map { .time($0) }
        fields["finished_at"] = finishedAt.map { .time($0) }
        fields["max_retries"] = maxRetries.map { .integer(Int64($0)) }
        fields["worker"] = worker.map { .string($0) }
        fields["error"] = error.map { .string($0) }
        fields["warning"] = warning.map { .string($0) }
        fields["reason"] = reason.map { .string($0) }
        fields["crashes"] = crashes > 0 ? .integer(Int64(crashes)) : nil
        return JSONValue.line(fields, stored: ["payload": payload, "progress": progress])
    }

    /// The moment in words: `due in 41 s`, `started 3 s ago`.
    func when(now: Date) -> String {
        let ago = Moment.ago(moment, now: now)
        return switch state {
        case .scheduled: "due \(Moment.relative(moment, now: now))"
        case .waiting: "since \(Moment.span(from: moment, to: now))"
        case .running: "started \(ago)"
        case .successful, .warning, .error, .cancelled: "finished \(ago)"
        }
    }

    /// The reason for the job's state; empty when there is nothing to say.
    var remark: String {
        switch state {
        case .waiting: reason ?? error ?? ""
        case .successful: ""
        case .warning: warning ?? ""
        case .running: [progressText, error].compactMap(\.self).joined(separator: "; ")
        case .scheduled, .error, .cancelled: error ?? ""
        }
    }

    /// The job's progress in words: `40 % (page 2 of 5)`.
    ///
    /// A stored text that is no progress is shown as it is.
    var progressText: String? {
        guard let progress else { return nil }
        guard case .object(let fields) = JSONValue(progress) else { return progress }
        let fraction: Double
        switch fields["fraction"] {
        case .number(let value): fraction = value
        case .integer(let value): fraction = Double(value)
        default: return progress
        }
        guard (0...1).contains(fraction) else { return progress }
        let percent = "\(Int((fraction * 100).rounded())) %"
        guard case .string(let note) = fields["note"], !note.isEmpty else { return percent }
        return "\(percent) (\(note))"
    }
}
