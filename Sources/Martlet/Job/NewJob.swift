public import FoundationEssentials

/// When a job is to run.
public enum JobStart: Sendable, Hashable {
    /// As soon as a worker is free.
    case now
    /// Not before this long after Redis took it in. From zero to 100 years.
    case after(Duration)
    /// Not before this instant, by Redis's clock. An instant in the past means now.
    case at(Date)
}

/// A job on its way in: checked and encoded, not yet sent.
public struct NewJob: Sendable {
    public let id: JobID
    package let type: String
    package let payload: [UInt8]
    /// The options as the enqueue script takes them: a JSON object, or nothing.
    package let encodedOptions: String

    /// Encodes `job`. An `id` of your own makes the call idempotent: the same id twice gives the job that is there.
    /// - Throws: ``JobError`` with the code `invalid`, naming the field, the value and what would be right.
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

    /// The most bytes of JSON that are looked at, 16 MiB: far beyond what a payload should be, whatever the limit of
    /// the ``JobClient``, and little enough to be decoded.
    package static let mostJSON = 16 << 20

    /// A job of a type that this program has no Swift value for; `json` is its payload, which is kept byte for byte.
    ///
    /// It must be one JSON value by RFC 8259, nested at most 512 levels deep, without halves of surrogate pairs and
    /// numbers beyond a double's.
    /// - Throws: ``JobError`` with the code `invalid`, also when `json` is not that or has more than 16 MiB.
    public init(
        type: String,
        json: String,
        id: String? = nil,
        options: JobOptions = JobOptions(),
        start: JobStart = .now
    ) throws(JobError) {
        guard json.utf8.count <= Self.mostJSON else {
            throw .invalid(
                "payload",
                "\(json.utf8.count) bytes",
                "use at most \(Self.mostJSON) bytes and pass what is larger by reference"
            )
        }
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
        self.id = try JobID(queue: options.queue ?? "default", local: id ?? JobID.makeLocal())
        self.payload = payload
        self.encodedOptions = try Self.encode(options, start)
    }

    /// A job that was checked before, as a schedule or an outbox holds it.
    package init(id: JobID, type: String, payload: [UInt8], encodedOptions: String) {
        self.id = id
        self.type = type
        self.payload = payload
        self.encodedOptions = encodedOptions
    }

    private static let encoder = {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        encoder.outputFormatting = .withoutEscapingSlashes
        return encoder
    }()

    static func encode(_ options: JobOptions, _ start: JobStart) throws(JobError) -> String {
        var fields: [String] = []
        func add(_ name: String, _ value: Int?, in range: ClosedRange<Int>) throws(JobError) {
            guard let value else { return }
            guard range.contains(value) else {
                throw .invalid(name, "\(value)", "use a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            fields.append("\"\(name)\":\(value)")
        }
        func add(_ name: String, _ value: Duration?, from least: Duration) throws(JobError) {
            guard let value else { return }
            guard value >= least, value <= longest else {
                throw .invalid(name, "\(value)", "use a duration from \(least) to 100 years")
            }
            fields.append("\"\(name)_ms\":\(value.milliseconds)")
        }
        try add("priority", options.priority, in: -100...100)
        try add("max_retries", options.maxRetries, in: 0...1000)
        try add("time_limit", options.timeLimit, from: .milliseconds(1))
        try add("backoff", options.backoff, from: .zero)
        try add("backoff_max", options.maxBackoff, from: .zero)
        try add("retention", options.retention, from: .zero)
        if let object = options.object {
            guard (1...256).contains(object.utf8.count) else {
                throw .invalid("object", object, "use a text of 1 to 256 bytes")
            }
            fields.append("\"object\":\(JSONText.quoted(object))")
        }
        switch start {
        case .now: break
        case .after(let delay): try add("delay", delay, from: .zero)
        case .at(let date):
            let due = (date.timeIntervalSince1970 * 1000).rounded(.up)
            guard due >= 0, due <= 9_999_999_999_999 else {
                throw .invalid("due_at", "\(date.timeIntervalSince1970) s", "use a time from 1970 to 2286")
            }
            fields.append("\"due_at\":\(Int64(due))")
        }
        return fields.isEmpty ? "" : "{\(fields.joined(separator: ","))}"
    }

    private static let longest = Duration.milliseconds(3_155_760_000_000)
}
