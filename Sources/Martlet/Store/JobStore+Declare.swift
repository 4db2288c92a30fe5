internal import MartletScripts
internal import RedisClient

extension JobStore {
    /// `lua/declare`: tells Redis what the code says of schedules, at most 500.
    /// - Returns: for each `new`, `changed`, `enabled` or `unchanged`.
    package func declare(_ schedules: [Schedule]) async throws(JobError) -> [String] {
        var arguments: [RedisArgument] = []
        for schedule in schedules {
            let texts = try schedule.texts().map { "\"\($0.rawValue)\":\(JSONText.quoted($1))" }
            arguments.append(
                RedisArgument("{\"name\":\(JSONText.quoted(schedule.name)),\(texts.joined(separator: ","))}")
            )
        }
        let reply = try await run(.declare, on: keys.scheduler, arguments)
        switch reply.word {
        case "ok" where reply.words.count == schedules.count: return reply.words
        case "invalid" where reply.words.count == 3: throw .invalid(reply.words[0], reply.words[1], reply.words[2])
        default: throw reply.malformed()
        }
    }

    /// `lua/redeclare`: says that schedules, at most 1,000, are still declared.
    /// - Returns: the names of those that were disabled meanwhile and have to be declared anew.
    package func redeclare(_ names: [String]) async throws(JobError) -> [String] {
        let reply = try await run(.redeclare, on: keys.scheduler, names.map { RedisArgument($0) })
        guard reply.word == "ok" else { throw reply.malformed() }
        return reply.words
    }

    /// Schedules that were last declared before an instant, in milliseconds, with when that was; at most 500.
    package func undeclared(before instant: Int) async throws(JobError) -> [String: Int] {
        let range = RedisCommand(
            "ZRANGEBYSCORE",
            [RedisArgument(keys.declared), "-inf", RedisArgument("(\(instant)"), "WITHSCORES", "LIMIT", 0, 500]
        )
        return try await send([range])[0].fields("ZRANGEBYSCORE").compactMapValues { Int($0) }
    }

    /// `lua/undeclare`: disables schedules that were last declared at these times and not since.
    /// - Returns: the names of those that are disabled; nil when another worker leads.
    package func undeclare(_ schedules: [String: Int], leader: String, term: Int) async throws(JobError) -> [String]? {
        let reply = try await run(
            .undeclare,
            on: keys.scheduler,
            [RedisArgument(leader), RedisArgument(term)]
                + schedules.flatMap { [RedisArgument($0.key), RedisArgument($0.value)] }
        )
        switch reply.word {
        case "ok": return reply.words
        case "deposed": return nil
        default: throw reply.malformed()
        }
    }
}
