public import Foundation
public import Martlet
internal import MartletScripts
internal import RedisClient

/// The clock of a client made by `JobClient.forTesting`, for all that share its server and prefix.
///
/// ```swift
/// let jobs = try JobClient.forTesting(server)
/// let clock = try TestClock(of: jobs)
/// try await jobs.enqueue(Reminder(id: 7), start: .after(.seconds(3600)))
/// try await clock.advance(by: .seconds(3600))  // the reminder is due
/// ```
/// It follows Redis's clock until it is moved or stopped. Due times, leases and retention go by it. Times that a worker
/// measures by itself, such as the time limit of an attempt, do not.
public struct TestClock: Sendable {
    private let client: JobClient

    /// Makes the clock of a client.
    /// - Throws: ``JobError`` with the code `invalid` when the client runs on Redis's own clock.
    public init(of client: JobClient) throws(JobError) {
        guard client.store.script(.claim).source.contains(Self.include) else {
            throw JobError(.invalid, "the client has no clock that can be moved; make it with JobClient.forTesting")
        }
        self.client = client
    }

    /// Moves the clock forward, or back by a negative duration.
    ///
    /// The leader, and an idle worker of each queue, then look for what has fallen due.
    /// - Returns: the time then, as ``now()`` gives it.
    /// - Throws: ``JobError`` when Redis can't be reached.
    @discardableResult
    public func advance(by duration: Duration) async throws(JobError) -> Date {
        try await move("by", duration.milliseconds)
    }

    /// Sets the clock.
    ///
    /// The leader, and an idle worker of each queue, then look for what has fallen due.
    /// - Throws: ``JobError`` when Redis can't be reached.
    public func set(to date: Date) async throws(JobError) {
        _ = try await move("to", date.milliseconds)
    }

    /// Stops the clock: from now on only ``advance(by:)`` and ``set(to:)`` move it.
    /// - Throws: ``JobError`` when Redis can't be reached.
    public func stop() async throws(JobError) {
        _ = try await move("stop", 0)
    }

    /// Reads the time of the clock.
    /// - Throws: ``JobError`` when Redis can't be reached.
    public func now() async throws(JobError) -> Date {
        try await move("by", 0)
    }

    private func move(_ way: RedisArgument, _ milliseconds: Int64) async throws(JobError) -> Date {
        let store = client.store
        var keys = ["\(store.keys.prefix):clock"]
        if milliseconds != 0 {
            keys += try await client.inspector.queueNames().map { store.keys.wake($0) } + [store.keys.news]
        }
        let reply: RedisValue
        do throws(RedisError) {
            reply = try await store.redis.evaluate(
                Self.script,
                keys: keys,
                arguments: [way, RedisArgument(milliseconds)]
            )
        } catch {
            throw JobError(error)
        }
        guard let now = reply.storedTime else {
            throw JobError(.malformed, "the test clock answered without a time")
        }
        return now
    }

    /// The Lua text that takes the place of `lua/include/now.lua`.
    ///
    /// A prefix has no colon, so it ends at the first one.
    package static let include = """
        local function now_ms()
            -- HGET, which every role may run; in double quotes, so that it is no key of the product.
            local clock = string.match(KEYS[1], '^[^:]+') .. ":clock"
            local now = tonumber(redis.call('HGET', clock, 'stopped_at'))
            if not now then
                local time = redis.call('TIME')
                now = time[1] * 1000 + math.floor(time[2] / 1000)
            end
            return now + (tonumber(redis.call('HGET', clock, 'offset')) or 0)
        end
        """

    /// The Lua text that takes the place of `lua/include/claim/server_age.lua`, so that a server started for the test
    /// counts as an old one.
    package static let oldServer = "local function server_age_ms() return math.huge end"

    private static let script = RedisScript(
        name: "clock",
        source: """
            #!lua flags=allow-oom
            local clock, way, ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
            local fields = redis.call('HMGET', clock, 'stopped_at', 'offset')
            local time = redis.call('TIME')
            local base = tonumber(fields[1]) or time[1] * 1000 + math.floor(time[2] / 1000)
            local offset = way == 'to' and ms - base or (tonumber(fields[2]) or 0) + ms
            redis.call('HSET', clock, 'offset', offset)
            if way == 'stop' then
                redis.call('HSET', clock, 'stopped_at', base)
            end
            for i = 2, #KEYS do
                if redis.call('LLEN', KEYS[i]) == 0 then
                    redis.call('RPUSH', KEYS[i], '1')
                end
            end
            return base + offset
            """
    )
}
