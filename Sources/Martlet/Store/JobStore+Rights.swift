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
            return try await refusal(on: keys.queue(queue), [(["HMGET", "HSET"], [keys.queue(queue) + ":job:-"])])
        }
        var groups = role.scripts.filter { $0 != .rights }.map { name in
            (commands: commands(of: name), keys: touched(by: name, queue: queue))
        }
        let plain = role.plainCommands.map { $0.replacing("|", with: " ") }.sorted()
        groups.append((plain, role.keys(prefix: keys.prefix).map { sample(of: $0, queue: queue) }))
        return try await refusal(on: keys.queue(queue), groups)
    }

    /// Checks that this user may run all commands of a script, once for each script and process, and again after Redis
    /// has refused any of them.
    func checkRights(of script: ScriptName, on key: String) async throws(JobError) {
        guard script != .rights, !checks.mayRun(script) else { return }
        let groups = [(commands: commands(of: script), keys: touched(by: script, on: key))]
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
        let roles = Role.allCases.filter {
            $0.plainCommands.contains(command.name) || $0.plainCommands.contains(subcommand)
        }
        return .refused(redis.configuration.username, "\(command.name)\(key) (NOPERM)", remedy: roles.remedy)
    }

    /// Reads which of these commands are refused on these keys (`lua/operator/rights.lua`).
    private func refusal(
        on key: String,
        _ groups: [(commands: [String], keys: [String])]
    ) async throws(JobError) -> Refusal? {
        let arguments = groups.flatMap { group in
            [
                RedisArgument(group.commands.joined(separator: "|")), RedisArgument(group.keys.joined(separator: "|")),
            ]
        }
        let reply = try await answer(to: start(.rights, on: key, arguments))
        guard reply.word == "ok" else { throw reply.malformed() }
        return Refusal(reply.words)
    }

    private func commands(of name: ScriptName) -> [String] { ScriptLibrary.commands(in: script(name).source) }

    private func touched(by script: ScriptName, queue: String) -> [String] {
        switch script {
        case .heartbeat: [keys.workers]
        case .announce: [keys.worker("-")]
        case .archiveLease: [keys.archiver]
        case .audit: [keys.audit]
        case .lead, .resign, .due, .fire, .delivered, .declare, .redeclare, .undeclare, .scheduleSet, .schedulePause,
            .scheduleResume, .scheduleRun, .scheduleRemove:
            touched(by: script, on: keys.scheduler)
        case .enqueue, .claim, .extend, .log, .finish, .retry, .snooze, .release, .cancel, .restart, .prune, .bury,
            .disclaim, .verify, .repair, .archive, .delete, .pause, .rights:
            touched(by: script, on: keys.queue(queue))
        }
    }

    private func touched(by script: ScriptName, on key: String) -> [String] {
        let endings = ScriptLibrary.endings(in: self.script(script).source)
        return endings.isEmpty ? [key] : endings.map { "\(key):\($0)" }
    }

    /// An example of a key that a rule is about.
    private func sample(of rule: KeyRule, queue: String) -> String {
        rule.pattern.replacing("{*}*", with: "{\(queue)}:job:-").replacing("{*}", with: "{\(queue)}")
            .replacing("*", with: "-")
    }
}
