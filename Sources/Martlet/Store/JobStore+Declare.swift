internal import MartletScripts
internal import RedisClient

/// A process that declares schedules.
package struct DeclaringProgram: Sendable, Hashable {
    package let id: String
    /// The time at which it declared for the first time, in milliseconds by Redis's clock; nil before that.
    package var started: Int?

    package init(id: String, started: Int? = nil) {
        self.id = id
        self.started = started
    }
}

/// The outcome of declarations.
package struct Declared: Sendable, Hashable {
    /// The time at which the program declared for the first time, in milliseconds by Redis's clock.
    package let started: Int
    /// One word for each schedule.
    ///
    /// The word is `new`, `changed`, `enabled` or `unchanged`; `other` when a program that started later declares it
    /// differently; or `removed` when an operator removed it since the program started.
    package let words: [String]
    /// The revision of each schedule, which changes with any of its values; empty for a schedule that does not exist.
    package let revisions: [String]
}

extension JobStore {
    /// Tells Redis what the code says of schedules, at most 500 (`lua/schedule/declare.lua`).
    package func declare(
        _ schedules: [Schedule],
        by program: DeclaringProgram
    ) async throws(JobError) -> Declared {
        var arguments = [
            RedisArgument(program.id), RedisArgument(program.started.map { "\($0)" } ?? ""),
        ]
        for schedule in schedules {
            var declaration = JSONObjectText()
            declaration.append("name", schedule.name)
            declaration.append(schedule.json)
            arguments.append(RedisArgument(declaration.text))
        }
        let reply = try await run(.declare, on: keys.scheduler, arguments)
        let words = reply.words
        guard reply.word == "ok", words.count == 1 + 2 * schedules.count, let started = Int(words[0]) else {
            throw reply.invalid()
        }
        return Declared(
            started: started,
            words: schedules.indices.map { words[1 + 2 * $0] },
            revisions: schedules.indices.map { words[2 + 2 * $0] }
        )
    }

    /// Says that schedules, at most 1,000, are still declared, each with its last known revision
    /// (`lua/schedule/redeclare.lua`).
    ///
    /// With `stops` the program declares nothing more from now on.
    ///
    /// - Returns: The names of those that have to be declared again, because they are missing, disabled or changed.
    package func redeclare(
        _ revisions: [String: String],
        by program: DeclaringProgram,
        stops: Bool = false
    ) async throws(JobError) -> [String] {
        let reply = try await run(
            .redeclare,
            on: keys.scheduler,
            [RedisArgument(program.id), RedisArgument(program.started ?? 0), stops ? "1" : "0"]
                + revisions.flatMap { [RedisArgument($0.key), RedisArgument($0.value)] }
        )
        guard reply.word == "ok" else { throw reply.malformed() }
        return reply.words
    }

    /// Reads the schedules that were last declared before an instant, with that time, both in milliseconds; at most
    /// 500.
    package func undeclared(before instant: Int) async throws(JobError) -> [String: Int] {
        let range = RedisCommand(
            "ZRANGEBYSCORE",
            [RedisArgument(keys.declared), "-inf", RedisArgument("(\(instant)"), "WITHSCORES", "LIMIT", 0, 500]
        )
        let declared = try await send([range])[0].fields("ZRANGEBYSCORE")
        return Dictionary(
            uniqueKeysWithValues: declared.names.compactMap { name in declared.number(name).map { (name, $0) } }
        )
    }

    /// Disables schedules that were last declared at these times and not since (`lua/schedule/undeclare.lua`).
    ///
    /// - Returns: The names of those that are disabled; nil when another worker leads.
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
