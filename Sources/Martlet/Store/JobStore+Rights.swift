internal import MartletScripts
package import RedisClient

// A script that may not run one of its commands breaks off where it stands, and what it wrote before stays. So
// `lua/operator/rights.lua` asks Redis before the first call whether the user may run all of them.
extension JobStore {
    /// Checks that this user has all rights of a role, with one call for each queue.
    ///
    /// - Throws: ``JobError`` with the code `redis`, which names the user, the commands and the keys.
    package func checkRights(of role: Role, queues: [String]) async throws(JobError) {
        for queue in queues {
            guard let refusal = try await refusal(of: role, queue: queue, whole: queue == queues.first) else {
                continue
            }
            throw .refused(
                redis.configuration.username,
                "\(refusal.text) (NOPERM)",
                remedy: "the role \(role.rawValue) needs that: martlet doctor --acl prints its rights"
            )
        }
        checks.noteRights(to: role.scripts)
    }

    /// Reads which rights of a role this user lacks; nil when it has them all.
    ///
    /// Where `whole` is false, only the keys of the queue are looked at, with two commands.
    package func refusal(of role: Role, queue: String, whole: Bool = true) async throws(JobError) -> Refusal? {
        guard whole else {
            let job = keys.queue(queue) + ":job:-"
            return try await refusal(on: keys.queue(queue), [("HMGET", [job]), ("HSET", [job])])
        }
        let groups = role.needs().map { command, globs in
            (command, globs.isEmpty ? [keys.queue(queue)] : samples(of: globs, queue))
        }
        return try await refusal(on: keys.queue(queue), groups)
    }

    /// Checks that this user may run all commands of a script, once for each script and process, and again after Redis
    /// has refused any of them.
    func checkRights(of script: ScriptName, on key: String) async throws(JobError) {
        guard script != .rights, !checks.mayRun(script) else { return }
        let needs = ScriptNeeds.of(self.script(script).source)
        let groups = needs.endings.filter { !needs.unclear.contains($0.key) }.map { command, endings in
            (command, endings.isEmpty ? [key] : endings.map { $0.isEmpty ? key : "\(key):\($0)" })
        }
        let refusal: Refusal?
        do throws(JobError) {
            refusal = try await self.refusal(on: key, groups)
        } catch {
            guard let cause = error.redis, cause.code == .noPermission else { throw error }
            throw refused(script, "it may run no script on \(key): NOPERM")
        }
        if let refusal { throw refused(script, "which needs \(refusal.text): NOPERM") }
        checks.noteRights(to: [script])
    }

    /// The error for a script call that Redis refused.
    func refused(_ script: ScriptName, _ reason: String) -> JobError {
        .refused(
            redis.configuration.username,
            "the script \(script.rawValue) (\(reason))",
            remedy: Role.allCases.filter { $0.scripts.contains(script) }.remedy
        )
    }

    /// The error for a plain command that failed.
    package func failure(of command: RedisCommand, _ error: RedisError) -> JobError {
        guard error.code == .noPermission else { return JobError(error) }
        let subcommand = "\(command.name)|\(command.arguments.first?.text ?? "")"
        let key = command.arguments.first.map { " on \(Printable.escaped($0.text, limit: 80))" } ?? ""
        let tail = String(command.arguments.first?.text.dropFirst(keys.prefix.count + 1) ?? "")
        let roles = Role.allCases.filter { $0.sends(command.name, on: tail) || $0.sends(subcommand, on: tail) }
        return .refused(redis.configuration.username, "\(command.name)\(key) (NOPERM)", remedy: roles.remedy)
    }

    /// Reads which of these commands are refused on their keys (`lua/operator/rights.lua`).
    private func refusal(
        on key: String,
        _ groups: [(command: String, keys: [String])]
    ) async throws(JobError) -> Refusal? {
        let arguments = groups.sorted { $0.command < $1.command }.flatMap { command, keys in
            [RedisArgument(Self.words(command)), RedisArgument(keys.sorted().joined(separator: "|"))]
        }
        let reply = try await answer(to: start(.rights, on: key, arguments))
        guard reply.word == "ok" else { throw reply.malformed() }
        return Refusal(reply.words)
    }

    /// The words of a command before its key, as `lua/operator/rights.lua` takes them.
    private static func words(_ command: String) -> String {
        switch command {
        case "EVAL", "EVALSHA": "\(command) - 1"
        default: command.replacing("|", with: " ")
        }
    }

    /// Examples of the keys that globs behind the prefix stand for.
    private func samples(of globs: Set<String>, _ queue: String) -> [String] {
        globs.map { "\(keys.prefix):\($0.replacing("{*}", with: "{\(queue)}").replacing("*", with: "-"))" }
    }
}
