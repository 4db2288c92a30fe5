public import Martlet
internal import MartletWorker

/// The error of `expectEnqueued`: no job was enqueued of the kind that a test expects.
public struct NotEnqueued: Error, Sendable, CustomStringConvertible {
    /// The place of the call, the job that was expected, and the jobs that there are instead.
    public let description: String
}

extension JobClient {
    /// Reads the payloads of the jobs of a type that have not finished: they wait, are scheduled or run.
    ///
    /// - Parameters:
    ///   - type: the type of the jobs.
    ///   - queue: the only queue to look in; nil for all.
    /// - Returns: the payloads; those of the jobs that run next come first.
    /// - Throws: `JobError` when Redis can't be read; the decoder's error when a payload is no `Payload`.
    public func enqueued<Payload: Job>(_ type: Payload.Type, queue: String? = nil) async throws -> [Payload] {
        var filter = JobFilter()
        filter.types = [type.jobType]
        filter.states = [.running, .waiting, .scheduled]
        filter.queues = queue.map { [$0] } ?? []
        var payloads: [Payload] = []
        for job in try await inspector.find(filter, limit: .max, budget: .all).jobs {
            guard let payload = try await inspector.job(job.id)?.payload else { continue }
            payloads.append(try JobHandlers.decode(Array(payload.utf8)))
        }
        return payloads
    }

    /// Fails a test unless a job of the type, for which `matches` holds, waits, is scheduled or runs.
    ///
    /// ```swift
    /// try await jobs.expectEnqueued(Reminder.self) { $0.to == "ada@example.com" }
    /// ```
    /// - Parameters:
    ///   - type: the type of the job.
    ///   - queue: the only queue to look in; nil for all.
    ///   - file: the file that the error names; by default the caller's.
    ///   - line: the line that the error names; by default the caller's.
    ///   - matches: returns true for the payload that is expected; by default for each.
    /// - Returns: the payload of the first such job.
    /// - Throws: ``NotEnqueued``, with the jobs that there are instead.
    @discardableResult
    public func expectEnqueued<Payload: Job>(
        _ type: Payload.Type,
        queue: String? = nil,
        file: String = #fileID,
        line: Int = #line,
        where matches: (Payload) throws -> Bool = { _ in true }
    ) async throws -> Payload {
        let payloads = try await enqueued(type, queue: queue)
        if let match = try payloads.first(where: matches) { return match }
        let place = queue.map { " in the queue \($0)" } ?? ""
        let others = payloads.isEmpty ? "there is none" : "there are \(payloads.count): \(payloads.prefix(10))"
        throw NotEnqueued(description: "\(file):\(line): no such \(type) is enqueued\(place); \(others)")
    }
}
