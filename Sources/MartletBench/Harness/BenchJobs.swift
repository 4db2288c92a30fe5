internal import Logging
internal import Martlet
internal import MartletWorker

/// A job that does nothing, with a payload of 100 bytes.
struct NoOp: Job {
    static let jobType = "bench.noop"
    let number: Int
    let padding: String

    init(_ number: Int) {
        self.number = number
        padding = String(repeating: "x", count: 100 - #"{"number":,"padding":""}"#.count - "\(number)".count)
    }
}

/// A job that does nothing, with a payload of any size: a JSON string.
struct Sized: Job {
    static let jobType = "bench.sized"
    private let text: String

    init(bytes: Int) { text = String(repeating: "x", count: bytes - 2) }

    init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// The same as ``NoOp``, of which nothing is kept.
struct Forgotten: Job {
    static let jobType = "bench.forgotten"
    static let options = JobOptions(retention: .zero)
    let padding: String

    init() {
        padding = String(repeating: "x", count: 100 - #"{"padding":""}"#.count)
    }
}

/// Writes lines to its log, of about 130 bytes each in Redis.
struct Chatty: Job {
    static let jobType = "bench.chatty"
    let lines: Int
}

/// Never works, and is retried twice.
struct Hopeless: Job {
    static let jobType = "bench.hopeless"
    static let options = JobOptions(maxRetries: 2, backoff: .milliseconds(200), maxBackoff: .milliseconds(200))
}

/// Takes some time, as one that waits for a server does.
struct Slow: Job {
    static let jobType = "bench.slow"
    let milliseconds: Int
}

struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension JobHandlers {
    /// Handlers for all of these.
    static var bench: JobHandlers {
        var handlers = JobHandlers()
        handlers.add(NoOp.self) { _, _ in }
        handlers.add(Sized.self) { _, _ in }
        handlers.add(Forgotten.self) { _, _ in }
        handlers.add(Hopeless.self) { _, _ in throw BenchError("hopeless") }
        handlers.add(Slow.self) { job, _ in try await Task.sleep(for: .milliseconds(job.milliseconds)) }
        handlers.add(Chatty.self) { job, context in
            for number in 0..<job.lines {
                context.logger.info("line \(number) of a log that says what it does, as a sync of users would")
                if number % 1000 == 999 { await Task.yield() }
            }
        }
        return handlers
    }
}
