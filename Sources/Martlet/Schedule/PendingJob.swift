internal import FoundationEssentials

/// A job on its way from a schedule to its queue, as the pending list holds it.
package struct PendingJob: Sendable, Hashable {
    package let id: JobID
    package let schedule: String
    let type: String
    let payload: String
    /// The options as the enqueue script takes them, without the sequence.
    private let options: JSONObjectText
    /// The place in the order of all pending jobs; 0 before it has one.
    package let sequence: Int64

    /// Makes the job of a slot (ms since 1970).
    ///
    /// Its id is derived from the schedule and the slot, for example `nightly.20261123T030000Z`, so that everyone who
    /// fires the slot means the same job.
    package init(_ schedule: Schedule, slot: Int) throws(JobError) {
        try self.init(schedule, local: "\(schedule.name).\(Self.stamp(slot))", slot: slot)
    }

    /// Makes a job that somebody asked for, with an id that no other job has, `nightly.run-6n0gq2…`, where `word` is
    /// `run`.
    package init(_ schedule: Schedule, _ word: String) throws(JobError) {
        try self.init(schedule, local: "\(schedule.name).\(word)-\(JobID.makeLocal().suffix(16))", slot: nil)
    }

    private init(_ schedule: Schedule, local: String, slot: Int?) throws(JobError) {
        id = try JobID(queue: schedule.queue, local: local)
        self.schedule = schedule.name
        type = schedule.type
        payload = schedule.payload
        sequence = 0
        var options = JSONObjectText()
        options.append("schedule", schedule.name)
        if let slot { options.append("slot", slot) }
        options.append(schedule.options.json)
        self.options = options
    }

    /// Reads an entry of the pending list; nil when it is none, or when `lua/leader/delivered.lua` would not find it by
    /// its sequence.
    package init?(entry: String) {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(entry.utf8)),
            entry.hasPrefix("{\"sequence\":\(line.sequence),"),
            let id = try? JobID(queue: line.queue, local: line.id)
        else { return nil }
        self.id = id
        schedule = line.schedule
        type = line.type
        payload = line.payload
        options = JSONObjectText(fieldsOf: line.options)
        sequence = line.sequence
    }

    /// The entry as the scripts take it; they put the sequence in front.
    package var entry: String {
        var entry = JSONObjectText()
        entry.append("schedule", schedule)
        entry.append("queue", id.queue)
        entry.append("id", id.local)
        entry.append("type", type)
        entry.append("payload", payload)
        entry.append("options", options.text)
        return entry.text
    }

    /// The time at which it was put into the list, in milliseconds by Redis's clock, or later: the sequence is at least
    /// that time.
    var postedAt: Int64 { sequence / 1000 }

    /// The size in bytes, roughly.
    package var size: Int { payload.utf8.count + 500 }

    /// The job for its queue, with the sequence by which the queue passes over a job that it was given before.
    package var job: NewJob { job(disowned: nil) }

    /// The same; where `disowned` stands as the last sequence that the queue was given, it takes the job nevertheless.
    func job(disowned: Int64?) -> NewJob {
        var options = JSONObjectText()
        options.append("sequence", sequence)
        if let disowned { options.append("disowned", disowned) }
        options.append(self.options)
        return NewJob(id: id, type: type, payload: Array(payload.utf8), stored: options)
    }

    /// An instant as ISO 8601 writes it without separators, in UTC, in characters that a name may have.
    static func stamp(_ milliseconds: Int) -> String {
        let seconds = milliseconds.flooredQuotient(by: 1000)
        let date = CivilDate(days: seconds.flooredQuotient(by: 86_400))
        let time = seconds.flooredRemainder(by: 86_400)
        func digits(_ number: Int, _ width: Int = 2) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(digits(date.year, 4))\(digits(date.month))\(digits(date.day))T"
            + "\(digits(time / 3600))\(digits(time / 60 % 60))\(digits(time % 60))Z"
    }

    private struct Line: Decodable {
        let sequence: Int64
        let schedule, queue, id, type, payload, options: String
    }
}
