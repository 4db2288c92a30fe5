internal import Martlet
internal import RedisClient

/// I10 by trial: every way in which a script refuses or finds its work done, on one job, and each time Redis must count
/// no change at all.
struct Refusals {
    private let client: JobClient
    private let redis: RedisClient
    private var found: [Violation] = []

    private static let lease = Duration.seconds(60)
    private static let queue = ChaosClient.queue
    private var store: JobStore { client.store }

    static func check(_ client: JobClient, on redis: RedisClient) async throws -> [Violation] {
        var refusals = Refusals(client: client, redis: redis)
        do {
            try await refusals.run()
        } catch let error as ChaosError {
            refusals.found.append(Violation(.refusalsChangeNothing, "probe", "\(error)"))
        }
        return refusals.found
    }

    private init(client: JobClient, redis: RedisClient) {
        self.client = client
        self.redis = redis
    }

    private mutating func run() async throws {
        let job = try NewJob(ChaosJob(kind: .plain), id: "probe", options: JobOptions(queue: Self.queue))
        let id = job.id
        _ = try await client.enqueue([job])
        try await refuses("enqueue of an id that is there", .some(false)) { try await $0.enqueue([job])[0].isNew }
        try await refuses("restart of a waiting job", nil as Bool?) { try await restart(id, $0) }

        let first = try await claim(1)
        try await expect("release", .done(.waiting)) { try await release(first, $0) }
        try await refuses("release again", .already) { try await release(first, $0) }
        let second = try await claim(2)
        try await refusesAll(of: first, "while another attempt runs")
        try await refuses("bury by one who does not hold it", 0) {
            try await $0.store.bury(
                [id],
                queue: Self.queue,
                worker: ChaosJob.ghost,
                death: .exit(code: 1),
                alone: true,
                crashLimit: 3
            )
        }
        try await refuses("restart of a running job", nil as Bool?) { try await restart(id, $0) }

        try await expect("snooze", .done(.scheduled)) { try await $0.store.snooze(second, for: .zero) }
        try await refuses("snooze again", .already) { try await $0.store.snooze(second, for: .zero) }
        try await refusesAll(of: first, "while the job is scheduled")
        let third = try await claim(3)
        try await expect("retry", .done(.scheduled)) {
            try await retry(third, $0)
        }
        try await refuses("retry again", .already) {
            try await retry(third, $0)
        }
        let fourth = try await claim(4)
        try await refusesAll(of: third, "while another attempt runs")
        try await expect("finish", .done(.successful)) { try await finish(fourth, $0) }
        try await refuses("finish again", .already) { try await finish(fourth, $0) }
        try await refusesAll(of: third, "of a finished job")
        try await refuses("log of a finished job", .some(false)) { try await log(fourth, $0) }
        try await refuses("enqueue of a finished job", .some(false)) { try await $0.enqueue([job])[0].isNew }
        try await refuses("cancel of a finished job", .finished(.successful)) {
            try await $0.store.cancel(id)
        }
    }

    private mutating func refusesAll(of job: ClaimedJob, _ when: String) async throws {
        try await refuses("stale finish \(when)", .stale) { try await finish(job, $0) }
        try await refuses("stale retry \(when)", .stale) {
            try await retry(job, $0)
        }
        try await refuses("stale snooze \(when)", .stale) { try await $0.store.snooze(job, for: .zero) }
        try await refuses("stale release \(when)", .stale) { try await release(job, $0) }
        try await refuses("stale log \(when)", .some(false)) { try await log(job, $0) }
        try await refuses("stale extend \(when)", .stale) { client in
            try await withCheckedThrowingContinuation { continuation in
                client.store.extend([(job.id.local, job.token)], queue: Self.queue, lease: Self.lease) {
                    continuation.resume(with: $0.map { $0[0] })
                }
            }
        }
    }

    // MARK: Calls

    private mutating func claim(_ number: Int) async throws -> ClaimedJob {
        let claim = try await store.claim(
            queue: Self.queue,
            worker: "probe",
            limit: 1,
            lease: Self.lease,
            number: number,
            again: false,
            crashLimit: 3,
            isIdle: false,
            types: [HandledType(ChaosJob.jobType)]
        )
        guard let job = claim.jobs.first else { throw ChaosError("the probe could not be claimed") }
        return job
    }

    /// Calls, and compares the reply and Redis's count of changes; a `nil` reply stands for an error.
    private mutating func refuses<Reply: Equatable>(
        _ what: String,
        _ expected: Reply?,
        _ call: (JobClient) async throws -> Reply
    ) async throws {
        // A doorbell that was rung already would hide that it is rung for nothing.
        _ = try await redis.send(RedisCommand("DEL", [RedisArgument(store.keys.wake(Self.queue))]))
        let (pulse, before) = (try await pulse(), try await changes())
        try await expect(what, expected, call)
        // The pulse says that the worker was heard of, and nothing of the job.
        let beats = try await self.pulse() == pulse ? 0 : 1
        let changed = try await changes() - before - beats
        if changed != 0 {
            found.append(Violation(.refusalsChangeNothing, "probe", "\(what) changed \(changed) things"))
        }
    }

    private mutating func expect<Reply: Equatable>(
        _ what: String,
        _ expected: Reply?,
        _ call: (JobClient) async throws -> Reply
    ) async throws {
        let reply: Reply?
        do {
            reply = try await call(client)
        } catch let error as JobError where error.code == .refused {
            reply = nil
        }
        guard reply != expected else { return }
        let words = (reply.map { "\($0)" } ?? "an error", expected.map { "\($0)" } ?? "an error")
        found.append(Violation(.refusalsChangeNothing, "probe", "\(what) answered \(words.0) instead of \(words.1)"))
    }

    /// The time at which the queue heard of a worker last, as `lua/include/claim/lull.lua` notes it.
    private func pulse() async throws -> String? {
        try await redis.send(RedisCommand("GET", [RedisArgument("\(store.keys.queue(Self.queue)):pulse")])).string
    }

    /// Changes that Redis counted since it began.
    private func changes() async throws -> Int {
        let info = try await redis.send(RedisCommand("INFO", ["persistence"])).string ?? ""
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("rdb_changes_since_last_save:") }
        guard let count = line?.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw ChaosError("INFO persistence has no count of changes")
        }
        return count
    }
}

private func finish(_ job: ClaimedJob, _ client: JobClient) async throws -> LeaseReply {
    let ending = JobEnding(job, .successful, report: nil)
    return try await client.store.finish([ending], queue: job.id.queue)[0]
}

private func retry(_ job: ClaimedJob, _ client: JobClient) async throws -> LeaseReply {
    try await client.store.retry(job, after: .zero, report: nil, error: "x", attempt: nil, maxRetries: 5)
}

private func release(_ job: ClaimedJob, _ client: JobClient) async throws -> LeaseReply {
    try await client.store.release([job], queue: job.id.queue, worker: "probe")[0]
}

/// - Returns: true; it throws when it is refused.
private func restart(_ id: JobID, _ client: JobClient) async throws -> Bool {
    try await client.store.restart(id)
    return true
}

private func log(_ job: ClaimedJob, _ client: JobClient) async throws -> Bool {
    try await withCheckedThrowingContinuation { continuation in
        client.store.log(
            job,
            lines: [Array("{}".utf8)],
            first: 0,
            lost: 0,
            progress: "{}",
            limits: LogLimits()
        ) { continuation.resume(with: $0) }
    }
}
