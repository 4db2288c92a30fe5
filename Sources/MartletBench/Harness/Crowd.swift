internal import Martlet
internal import MartletWorker
internal import RedisClient

/// So many jobs in twenty queues, in all states, most of which they came to by running.
struct Crowd {
    /// One of each, to be looked at.
    struct Samples {
        let error: JobID
        let successful: JobID
        let waiting: JobID
        /// How many ended in error.
        let errors: Int
    }

    let jobs: Int

    private static let queues = (0..<20).map { "q\($0)" }
    /// Of each queue.
    private static let objects = (0..<5).map { "source/\($0)" }

    func fill(_ server: BenchServer) async throws -> Samples {
        let each = jobs / Self.queues.count
        var handlers = JobHandlers()
        handlers.add(Ending.self) { job, context in
            switch job.end {
            case .error: throw JobSignal.fail("connection refused by ldap.example.com:636")
            case .warning: context.warning("91 % full")
            case .successful: break
            }
        }
        // 10 % errors, 5 % warnings, 45 % successful; a tenth of all are about an object.
        for queue in Self.queues {
            for object in Self.objects {
                try await end(0..<each / 50, JobOptions(queue: queue, object: object), server)
            }
            try await end(each / 10..<each * 6 / 10, JobOptions(queue: queue), server)
        }
        try await InProcessWorker.with(server, handlers, queues: .even(Self.queues), concurrency: 200) {
            for queue in Self.queues {
                while try await server.client.inspector.counts(queue: queue).isBusy {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        }
        let inspector = server.client.inspector
        let person = try Operator("bench")
        var waiting: JobID?
        for queue in Self.queues {
            let options = JobOptions(queue: queue)
            let gone = try await server.client.enqueue((0..<each / 20).map { NoOp($0) }, options: options)
            _ = try await inspector.change(JobChangeRequest(.cancel, gone.map(\.id), scope: queue, by: person))
            let later = JobStart.after(.seconds(86_400))
            try await server.client.enqueue((0..<each * 3 / 20).map { NoOp($0) }, options: options, start: later)
            waiting = try await server.client.enqueue((0..<each / 5).map { NoOp($0) }, options: options).last?.id
            _ = try await server.store.claim(
                queue: queue,
                worker: "busy",
                limit: 20,
                lease: .seconds(3600),
                number: 1,
                again: false,
                crashLimit: 3,
                isIdle: false,
                types: [HandledType(NoOp.jobType)]
            )
        }
        for number in 0..<30 {
            try await inspector.setSchedule(
                "yearly-\(number)",
                ScheduleEdit(cron: "0 0 1 1 *", type: NoOp.jobType),
                by: person
            )
        }
        guard let error = try await inspector.jobs(.error, queue: "q7", limit: 500).last?.id,
            let successful = try await inspector.jobs(.successful, queue: "q7", limit: 1).first?.id, let waiting
        else { throw BenchError("no job ended so") }
        let errors = try await inspector.queues().reduce(0) { $0 + ($1.counts[.error] ?? 0) }
        return Samples(error: error, successful: successful, waiting: waiting, errors: errors)
    }

    private func end(_ numbers: Range<Int>, _ options: JobOptions, _ server: BenchServer) async throws {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 10_000) {
            let batch = (start..<min(start + 10_000, numbers.upperBound)).map { Ending($0) }
            try await server.client.enqueue(batch, options: options)
        }
    }
}

/// Ends in error, in a warning or well: two, one and nine of twelve.
private struct Ending: Job {
    enum End: String, Codable { case error, warning, successful }
    static let jobType = "bench.ending"
    let end: End
    let padding: String

    init(_ number: Int) {
        end = [End.error, .error, .warning].dropFirst(number % 12).first ?? .successful
        padding = String(repeating: "x", count: 70)
    }
}

extension [JobState: Int] {
    fileprivate var isBusy: Bool { self[.waiting] != 0 || self[.running] != 0 }
}
