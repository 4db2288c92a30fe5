internal import MartletScripts
internal import RedisClient

// The reads of the server itself, and of the rights of this user.
extension Inspector {
    /// Reads the properties of the server that decide whether jobs are safe with it.
    package func fitness() async throws(JobError) -> ServerFitness {
        let sections = ["server", "memory", "persistence", "replication"]
        var fields: [Substring: Substring] = [:]
        for reply in await results(sections.map { RedisCommand("INFO", [RedisArgument($0)]) }) {
            do {
                for line in try reply.get().string?.split(whereSeparator: \.isNewline) ?? [] {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    if parts.count == 2 { fields[parts[0]] = parts[1] }
                }
            } catch let error where error.code == .noPermission {
                continue  // A user that may not ask is not refused.
            } catch {
                throw JobError(error)
            }
        }
        return ServerFitness(fields)
    }

    /// Reads the settings that work but cost more memory or time than needed; nil where the user may not read settings.
    package func advice() async throws(JobError) -> [Remark]? {
        let names: [RedisArgument] = ["GET", "hash-max-listpack-value", "zset-max-listpack-entries"]
        let words: [String]
        do {
            words = try await results([RedisCommand("CONFIG", names)])[0].get().array?.compactMap(\.string) ?? []
        } catch let error where error.code == .noPermission || error.code == .server {
            return nil
        } catch {
            throw JobError(error)
        }
        func setting(_ name: String) -> Int? {
            words.firstIndex(of: name).flatMap { $0 + 1 < words.count ? Int(words[$0 + 1]) : nil }
        }
        var advice: [Remark] = []
        if let value = setting("hash-max-listpack-value"), value < 1024 {
            advice.append(
                Remark(
                    "hash-max-listpack-value is \(value): jobs with larger payloads take twice the memory",
                    "set it to 1024"
                )
            )
        }
        if let entries = setting("zset-max-listpack-entries"), entries > 16 {
            advice.append(
                Remark(
                    "zset-max-listpack-entries is \(entries): claims and finishes are slower than need be",
                    "set it to 16"
                )
            )
        }
        return advice
    }

    /// The name of this user in Redis, from the URL.
    package var user: String { store.redis.configuration.username ?? "default" }

    /// The roles that this user has all rights for.
    ///
    /// ``Role/viewer`` stands for a user that may run no script; whether it may read shows when it does.
    package func roles() async throws(JobError) -> [Role] {
        var roles: [Role] = []
        for role in Role.allCases where !role.scripts.isEmpty {
            do throws(JobError) {
                if try await store.refusal(of: role, queue: "default") == nil { roles.append(role) }
            } catch  where error.redis?.code == .noPermission {
                continue
            } catch {
                throw error
            }
        }
        return roles.isEmpty ? [.viewer] : roles
    }

    /// Loads the scripts of this release into the server, as their first calls would.
    ///
    /// - Returns: The number of scripts that were loaded, and the reason for each other script by its name; nil where
    ///   the user may load none.
    package func loadScripts() async throws(JobError) -> (loaded: Int, refused: [String: String])? {
        let names = ScriptName.allCases
        let sources = names.map { RedisArgument(store.script($0).source) }
        var refused: [String: String] = [:]
        for (name, reply) in zip(names, await results(sources.map { RedisCommand("SCRIPT", ["LOAD", $0]) })) {
            do {
                _ = try reply.get()
            } catch let error where error.code == .noPermission {
                return nil
            } catch let error where error.code == .server {
                refused[name.rawValue] = error.message
            } catch {
                throw JobError(error)
            }
        }
        return (names.count - refused.count, refused)
    }

    /// Reads the types of waiting jobs that no worker knew when it looked, with the number of jobs; at most 100 types.
    package func unknownTypes(queue: String) async throws(JobError) -> [(type: String, jobs: Int)] {
        // The members are "type id", all with one score, so they come in the order of types.
        let key = RedisArgument(store.keys.unknown(queue))
        var found: [(type: String, jobs: Int)] = []
        var from = "-"
        while found.count < 100 {
            let next = RedisCommand("ZRANGEBYLEX", [key, RedisArgument(from), "+", "LIMIT", 0, 1])
            guard let entry = try await send(next).texts("ZRANGEBYLEX").first else { break }
            let type = String(entry.prefix { $0 != " " })
            // No type has a space, and "!" is what follows it.
            let bounds = [RedisArgument("[\(type) "), RedisArgument("(\(type)!")]
            found.append((type, try await send(RedisCommand("ZLEXCOUNT", [key] + bounds)).number("ZLEXCOUNT")))
            from = "[\(type)!"
        }
        return found
    }

    /// Sends plain commands in one write and returns the result of each.
    private func results(_ commands: [RedisCommand]) async -> [Result<RedisValue, RedisError>] {
        if let tap { commands.forEach(tap) }
        return await store.redis.send(commands)
    }
}
