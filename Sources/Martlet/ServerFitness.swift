package import RedisClient

/// What a server says of itself that decides whether jobs are safe with it.
package struct ServerFitness: Sendable {
    package let version: String
    package let evictionPolicy: String
    package let isAppendOnly: Bool

    package static func read(_ redis: RedisClient) async throws(JobError) -> ServerFitness {
        let sections = ["server", "memory", "persistence"]
        let replies = await redis.send(sections.map { RedisCommand("INFO", [RedisArgument($0)]) })
        var fields: [Substring: Substring] = [:]
        for reply in replies {
            do {
                for line in try reply.get().string?.split(whereSeparator: \.isNewline) ?? [] {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    if parts.count == 2 { fields[parts[0]] = parts[1] }
                }
            } catch let error where error.code == .noPermission {
                continue  // A user that may not ask is not refused: what is missing below counts as fit.
            } catch {
                throw JobError(error)
            }
        }
        return ServerFitness(
            version: String(fields["redis_version"] ?? "7.0"),
            evictionPolicy: String(fields["maxmemory_policy"] ?? "noeviction"),
            isAppendOnly: fields["aof_enabled"].map { $0 == "1" } ?? true
        )
    }

    /// - Throws: ``JobError`` with the code `unfit` and the remedy.
    package func check() throws(JobError) {
        let major = Int(version.prefix { $0 != "." }) ?? 0
        guard major >= 7 else {
            throw JobError(.unfit, "Redis \(version) is too old: Martlet needs 7.0 or later")
        }
        guard evictionPolicy == "noeviction" else {
            throw JobError(
                .unfit,
                "maxmemory-policy is \(evictionPolicy): Redis would delete jobs when memory is full; "
                    + "set it to noeviction (CONFIG SET maxmemory-policy noeviction, and in redis.conf)"
            )
        }
    }

    /// What works but costs more memory or time than it need; nothing where the user may not ask for settings.
    package static func advice(_ redis: RedisClient) async throws(JobError) -> [String] {
        let names: [RedisArgument] = ["GET", "hash-max-listpack-value", "zset-max-listpack-entries"]
        let words: [String]
        do {
            words = try await redis.send(RedisCommand("CONFIG", names)).array?.compactMap(\.string) ?? []
        } catch let error where error.code == .noPermission || error.code == .server {
            return []
        } catch {
            throw JobError(error)
        }
        func setting(_ name: String) -> Int? {
            words.firstIndex(of: name).flatMap { $0 + 1 < words.count ? Int(words[$0 + 1]) : nil }
        }
        var advice: [String] = []
        if let value = setting("hash-max-listpack-value"), value < 1024 {
            advice.append(
                "hash-max-listpack-value is \(value): jobs with larger payloads take twice the memory; set it to 1024"
            )
        }
        if let entries = setting("zset-max-listpack-entries"), entries > 16 {
            advice.append(
                "zset-max-listpack-entries is \(entries): claims and finishes are slower than need be; set it to 16"
            )
        }
        return advice
    }

    /// What works but is not safe.
    package var warnings: [String] {
        guard !isAppendOnly else { return [] }
        return [
            "appendonly is off: jobs enqueued since the last snapshot are lost when Redis dies; "
                + "set appendonly yes (CONFIG SET appendonly yes, and in redis.conf)"
        ]
    }
}
