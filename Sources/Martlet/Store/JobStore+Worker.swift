package import FoundationEssentials
internal import MartletScripts
internal import RedisClient

// The calls by which a worker describes itself and is told what to do. The keys of workers share no hash tag with those
// of queues.
extension JobStore {
    /// Notes that a worker lives, by Redis's clock (`lua/worker/heartbeat.lua`).
    ///
    /// `silence` is the time after which other workers are forgotten, with all that they or others left under their
    /// names; nil to forget none this time.
    ///
    /// - Returns: Redis's time.
    @discardableResult
    package func heartbeat(worker: String, forgottenAfter silence: Duration?) async throws(JobError) -> Date {
        let reply = try await run(
            .heartbeat,
            on: keys.workers,
            [RedisArgument(worker), silence.map { RedisArgument($0.milliseconds) } ?? ""]
        )
        guard reply.word == "ok", let now = reply.rest.first?.storedTime else { throw reply.malformed() }
        let forgotten = reply.rest.dropFirst().compactMap(\.string)
        if !forgotten.isEmpty {
            try await send(
                forgotten.map {
                    RedisCommand("UNLINK", [RedisArgument(keys.worker($0)), RedisArgument(keys.orders($0))])
                }
            )
        }
        return now
    }

    /// Sends the heartbeat and writes the worker's hash, which operators read and which expires after `silence`.
    ///
    /// `fields` makes the hash of Redis's time. Where `isThorough` is true, the call also notes the
    /// names of the worker's queues and forgets workers that were silent for that long, which nobody sees any more
    /// without their hash; now and then is enough.
    ///
    /// - Returns: Redis's time.
    @discardableResult
    package func announce(
        _ worker: String,
        fields: (_ now: Date) -> [(String, String)],
        queues: [String],
        forgottenAfter silence: Duration,
        isThorough: Bool
    ) async throws(JobError) -> Date {
        let now = try await heartbeat(worker: worker, forgottenAfter: isThorough ? silence : nil)
        let words = fields(now).flatMap { [RedisArgument($0), RedisArgument($1)] }
        let reply = try await run(.announce, on: keys.worker(worker), [RedisArgument(silence.milliseconds)] + words)
        guard reply.word == "ok" else { throw reply.malformed() }
        if isThorough {
            try await listQueues(queues)
        }
        return now
    }

    /// Reads the queues that none of the workers heard of lately serves, sorted.
    package func unservedQueues() async throws(JobError) -> [String] {
        let lists = try await send([
            RedisCommand("SMEMBERS", [RedisArgument(keys.queues)]),
            RedisCommand("ZRANGE", [RedisArgument(keys.workers), 0, -1]),
        ])
        let workers = lists[1].array?.compactMap(\.string) ?? []
        var served: Set<String> = []
        for queues in try await send(workers.map { RedisCommand("HGET", [RedisArgument(keys.worker($0)), "queues"]) }) {
            served.formUnion((queues.string ?? "").split(separator: " ").map(String.init))
        }
        return (lists[0].array ?? []).compactMap(\.string).filter { Name.isValid($0) && !served.contains($0) }.sorted()
    }

    /// The queues that a worker serves, by what it said of itself; none where it has said nothing.
    package func queues(of worker: String) async throws(JobError) -> [String] {
        let said = try await send([RedisCommand("HGET", [RedisArgument(keys.worker(worker)), "queues"])])[0]
        return (said.string ?? "").split(separator: " ").map(String.init).filter(Name.isValid)
    }

    /// Removes a worker that stops from the list.
    package func withdraw(_ worker: String) async throws(JobError) {
        try await send([
            RedisCommand("ZREM", [RedisArgument(keys.workers), RedisArgument(worker)]),
            RedisCommand("UNLINK", [RedisArgument(keys.worker(worker)), RedisArgument(keys.orders(worker))]),
        ])
    }

    /// The commands that tell a worker something, in words that it knows, to be sent in one write.
    ///
    /// An order is a hint: nothing may depend on its arrival, and it is void after a minute.
    func orderCommands(_ words: String, to worker: String) -> [RedisCommand] {
        let orders = RedisArgument(keys.orders(worker))
        return [RedisCommand("RPUSH", [orders, RedisArgument(words)]), RedisCommand("PEXPIRE", [orders, 60_000])]
    }

    /// Rings the doorbells of queues, each of which holds at most one token after it.
    package func ring(_ queues: [String]) async throws(JobError) {
        try await ring(bells: queues.map(keys.wake))
    }

    /// Rings the leader's doorbell, as the scripts that change schedules do.
    package func ringLeader() async throws(JobError) {
        try await ring(bells: [keys.news])
    }

    private func ring(bells: [String]) async throws(JobError) {
        try await send(
            bells.map { RedisArgument($0) }.flatMap { bell in
                [RedisCommand("RPUSH", [bell, "1"]), RedisCommand("LTRIM", [bell, 0, 0])]
            }
        )
    }
}

extension JobStore {
    /// The most workers that are asked; in a larger fleet payloads stay whole.
    private static let mostWorkers = 1000

    /// Looks once a minute whether every living worker and the archiver read payloads in parts.
    ///
    /// While they do, payloads that this process enqueues may be cut. A look that fails, because this user has no right
    /// to it or Redis is away, counts as no: whole payloads are read by all.
    package func lookAtReaders() async {
        guard checks.beginLook() else { return }
        do throws(JobError) {
            checks.noteLook(readsParts: try await allReadParts())
        } catch {
            checks.noteLook(readsParts: false)
        }
    }

    private func allReadParts() async throws(JobError) -> Bool {
        let replies = try await send([
            RedisCommand("ZRANGE", [RedisArgument(keys.workers), 0, RedisArgument(Self.mostWorkers)]),
            RedisCommand(
                "HMGET",
                [RedisArgument(keys.archiver), "holder", RedisArgument(PayloadParts.readerField)]
            ),
        ])
        guard let workers = replies[0].array?.compactMap(\.string), workers.count <= Self.mostWorkers,
            let archiver = replies[1].array?.map(\.string), archiver.count == 2, archiver[0] == archiver[1]
        else { return false }
        // A worker that is listed and has not described itself yet counts as one that does not read them.
        // The value is not read: a producer has no right to see in these hashes what others run.
        let said = try await send(
            workers.map {
                RedisCommand("HEXISTS", [RedisArgument(keys.worker($0)), RedisArgument(PayloadParts.readerField)])
            }
        )
        return said.allSatisfy { $0.int == 1 }
    }
}
