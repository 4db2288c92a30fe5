public import FoundationEssentials
internal import MartletScripts
internal import RedisClient

/// The pause of a queue.
public struct QueuePause: Sendable, Hashable {
    /// The time by Redis's clock at which it was paused.
    public let since: Date
    /// The name of the operator who paused it; empty where nobody said.
    public let by: String

    /// Reads the fields of the queue's `meta`; nil when it is not paused.
    init?(since: String?, by: String?) {
        guard let since else { return nil }
        self.init(since: StoredNumber.time(since) ?? Date(milliseconds: 0), by: by ?? "")
    }

    package init(since: Date, by: String) {
        self.since = since
        self.by = by
    }
}

extension JobStore {
    /// Pauses a queue: no claim takes a waiting job of it any more (`lua/queue/pause.lua`).
    ///
    /// - Returns: The pause that was there before; nil when this call paused the queue.
    package func pause(queue: String, by operator: Operator) async throws(JobError) -> QueuePause? {
        let reply = try await pause("pause", queue, `operator`)
        if reply.word == "ok" || reply.word == "changed" { return nil }
        guard reply.word == "already", let since = reply.rest.first?.storedTime else { throw reply.malformed() }
        let pause = QueuePause(since: since, by: reply.words.last ?? "")
        return reply.isResent && pause.by == `operator`.name ? nil : pause
    }

    /// Resumes a queue: claims take its jobs again at once (`lua/queue/pause.lua`).
    ///
    /// - Returns: False when the queue was not paused.
    package func resume(queue: String, by operator: Operator) async throws(JobError) -> Bool {
        let reply = try await pause("resume", queue, `operator`)
        guard ["ok", "already", "changed"].contains(reply.word) else { throw reply.malformed() }
        return reply.word == "ok" || reply.isResent
    }

    /// Sends the word with the pauses that were seen.
    ///
    /// A copy of the call that arrives late, after somebody said the opposite, then changes nothing. Where somebody
    /// said something between the look and the call, it looks again, ten times at most.
    private func pause(_ word: String, _ queue: String, _ operator: Operator) async throws(JobError) -> ScriptReply {
        let look = RedisCommand("HMGET", [RedisArgument(keys.meta(queue)), "paused_at", "resumed_at"])
        var looks = 0
        try await checkRights(of: .pause, on: keys.queue(queue))
        while true {
            let seen = (try await send([look])[0].array ?? []).map { $0.string ?? "-" }.joined(separator: " ")
            let arguments = [RedisArgument(word), RedisArgument(`operator`.name), RedisArgument(seen)]
            let reply = try await run(.pause, on: keys.queue(queue), arguments)
            looks += 1
            if reply.word != "changed" || reply.isResent { return reply }
            guard looks < 10 else { throw JobError(.refused, "\(queue) is paused and resumed all the time; try again") }
        }
    }
}
