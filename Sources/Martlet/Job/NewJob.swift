internal import FoundationEssentials

/// A job that is checked and encoded, and not enqueued yet.
public struct NewJob: Sendable {
    /// The options of a job that is not enqueued yet.
    package enum Options: Sendable {
        /// The options as the caller gave them.
        case given(JobOptions)
        /// The options as a schedule, an outbox or an archive holds them, also those that only a later release knows.
        case stored(JSONObjectText)
    }

    /// The full id that the job will have.
    public let id: JobID
    package let type: String
    package let payload: [UInt8]
    package let options: Options
    package let start: JobStart

    /// Checks and encodes a job.
    ///
    /// An `id` of the caller's own makes the enqueue call idempotent: the same id twice gives the job that exists
    /// already.
    ///
    /// - Throws: ``JobError`` with the code `invalid`, which names the field, the value and what would be right.
    public init(
        _ job: some Job,
        id: String? = nil,
        options: JobOptions = JobOptions(),
        start: JobStart = .now
    ) throws(JobError) {
        let type = Swift.type(of: job)
        let payload: Data
        do {
            payload = try Self.encoder.encode(job)
        } catch {
            throw .invalid("payload", "\(type.jobType)", "it must encode as JSON: \(error)")
        }
        try self.init(
            type: type.jobType,
            payload: Array(payload),
            id: id,
            options: options.or(type.options),
            start: start
        )
    }

    /// The most bytes of JSON that are looked at, 16 MiB.
    ///
    /// That is far more than a payload should have, whatever the limit of the ``JobClient``, and little enough to be
    /// decoded.
    package static let mostJSON = 16 << 20

    /// Makes a job of a type that this program has no Swift value for; `json` is its payload, which is kept byte for
    /// byte.
    ///
    /// The payload must be one JSON value by RFC 8259, nested at most 512 levels deep, without halves of surrogate
    /// pairs and without numbers beyond a double's.
    ///
    /// - Throws: ``JobError`` with the code `invalid`, also when `json` breaks these rules or has more than 16 MiB.
    public init(
        type: String,
        json: String,
        id: String? = nil,
        options: JobOptions = JobOptions(),
        start: JobStart = .now
    ) throws(JobError) {
        try Self.check(payloadBytes: json.utf8.count, limit: Self.mostJSON)
        if let fault = JSONSyntax.fault(in: json) { throw .invalid("payload", json, "it must be JSON: \(fault)") }
        try self.init(type: type, payload: Array(json.utf8), id: id, options: options, start: start)
    }

    private init(
        type: String,
        payload: [UInt8],
        id: String?,
        options: JobOptions,
        start: JobStart
    ) throws(JobError) {
        self.type = try Name.checked(type, field: "type")
        self.id = try JobID(queue: options.queue ?? JobDefaults.queue, local: id ?? JobID.makeLocal())
        self.payload = payload
        try options.check()
        try start.check()
        try options.deadline?.check(start: start)
        self.options = .given(options)
        self.start = start
    }

    /// Makes a job that was checked before, as a schedule or an outbox holds it.
    package init(id: JobID, type: String, payload: [UInt8], stored options: JSONObjectText, start: JobStart = .now) {
        self.id = id
        self.type = type
        self.payload = payload
        self.options = .stored(options)
        self.start = start
    }

    /// Checks the size of a payload.
    ///
    /// - Throws: ``JobError`` with the code `invalid` when the payload has more bytes than the limit.
    package static func check(payloadBytes count: Int, limit: Int) throws(JobError) {
        guard count > limit else { return }
        throw .invalid(
            "payload",
            "\(count) bytes",
            "use at most \(limit) bytes and pass what is larger by reference"
        )
    }

    /// The options as the enqueue script takes them, without the start of the job.
    package var storedOptions: JSONObjectText {
        switch options {
        case .given(let options): options.json
        case .stored(let json): json
        }
    }

    /// The options as the enqueue script takes them, with the start of the job.
    package var wireOptions: JSONObjectText {
        var options = storedOptions
        switch start {
        case .now: break
        case .after(let delay): options.append("delay_ms", delay.milliseconds)
        case .at(let date): options.append("due_at", date.dueMilliseconds)
        }
        return options
    }

    private static let encoder = {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        encoder.outputFormatting = .withoutEscapingSlashes
        return encoder
    }()
}
