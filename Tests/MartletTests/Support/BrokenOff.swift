import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

/// Scripts that Redis breaks off behind so many of their writes, as it does where a right has been taken away.
struct BrokenOff {
    /// The calls, as they run with such scripts.
    let store: JobStore

    init(after writes: Int, _ queue: TestQueue) {
        let library = ScriptLibrary(
            replacing: ["now": TestClock.include, "server_age": TestClock.oldServer],
            editing: { name, source in
                guard name != .rights, let end = source.firstIndex(of: "\n") else { return source }
                return source[...end] + Self.fuse(writes) + source[end...]
            }
        )
        store = JobStore(redis: queue.store.redis, prefix: queue.store.keys.prefix, library: library)
    }

    /// Sends a call, and sends it again where it was broken off, until what it asks for has come about.
    /// - Returns: whether it was broken off the first time.
    func run(_ times: Int, _ call: ScriptCall) async throws -> Bool {
        for number in 0..<times {
            do {
                try await call(store, number)
                return number > 0
            } catch let error as JobError where error.message.contains(Self.mark) {
                continue
            } catch let error as JobError where [.notFound, .refused].contains(error.code) && number > 0 {
                return true
            }
        }
        return true
    }

    private static let mark = "broken off by the test"

    private static func fuse(_ writes: Int) -> String {
        """
        local redis = setmetatable({}, {__index = redis})
        do
            local reads, left = {}, \(writes)
            for name in string.gmatch("\(reads)", "%S+") do
                reads[name] = true
            end
            local function fused(run)
                return function(name, ...)
                    left = left - (reads[name] and 0 or 1)
                    if left < 0 then
                        error("\(mark)")
                    end
                    return run(name, ...)
                end
            end
            redis.call, redis.pcall = fused(redis.call), fused(redis.pcall)
        end
        """
    }

    private static let reads = """
        EXISTS GET HEXISTS HGET HGETALL HMGET INFO LINDEX LLEN LRANGE TIME ZCARD ZCOUNT ZRANGE ZRANGEBYLEX \
        ZRANGEBYSCORE ZREVRANGEBYSCORE ZSCORE
        """
}

/// A call of a script through a store, with how often it was sent before.
typealias ScriptCall = @Sendable (JobStore, Int) async throws -> Void
