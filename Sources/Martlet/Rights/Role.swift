package import MartletScripts

/// What a process that speaks to Redis is there for. Each has an ACL user, which may do its part and nothing else:
/// `martlet doctor --acl` prints them.
package enum Role: String, CaseIterable, Sendable {
    /// Enqueues jobs, and waits for its own.
    case producer
    /// Runs jobs, fires schedules, moves what has finished into an archive.
    case worker
    /// Everything that the command line does to jobs, queues and schedules. Enqueues too, and what a schedule is told
    /// to run it brings to its queue itself.
    case `operator`
    /// Looks, and changes nothing. Runs no script at all.
    case viewer

    /// The transitions that are its part.
    package var scripts: [ScriptName] {
        switch self {
        case .producer: [.rights, .enqueue]
        case .worker:
            [
                .rights, .enqueue, .claim, .extend, .log, .finish, .retry, .snooze, .release, .prune, .heartbeat, .bury,
                .archive, .archiveLease, .lead, .resign, .due, .fire, .delivered, .declare, .redeclare, .undeclare,
            ]
        case .operator:
            [
                .rights, .enqueue, .cancel, .restart, .delete, .pause, .audit, .verify, .repair, .resign, .scheduleSet,
                .schedulePause, .scheduleResume, .scheduleRun, .scheduleRemove, .delivered,
            ]
        case .viewer: []
        }
    }

    /// The commands that it sends outside scripts.
    package var plainCommands: Set<String> {
        let parts: [PlainCommands] =
            switch self {
            case .producer: [.connecting, .running, .judging, .enqueuing]
            case .worker: [.connecting, .running, .judging, .enqueuing, .delivering, .working, .archiving]
            case .operator: [.connecting, .running, .judging, .enqueuing, .delivering, .reading, .verifying, .steering]
            case .viewer: [.connecting, .judging, .reading]
            }
        return parts.reduce(into: []) { $0.formUnion($1.names) }
    }

    /// Every command that it needs, in and outside scripts, sorted; a subcommand as `SCRIPT|LOAD`.
    package func commands(_ library: ScriptLibrary = ScriptLibrary()) -> [String] {
        scripts.reduce(into: plainCommands) { $0.formUnion(ScriptLibrary.commands(in: library.source($1))) }.sorted()
    }

    /// The keys that it needs.
    package func keys(prefix: String) -> [KeyRule] {
        let queue = "\(prefix):{*}"
        return switch self {
        case .producer:
            // What `lua/enqueue` touches, and what is read of a job. Not logs, not what others say or do.
            [KeyRule("\(prefix):queues"), KeyRule(queue)]
                + ["job:*", "waiting", "scheduled", "object:*", "fired:*", "meta", "wake", "counts:*", "confirmed"]
                .map { KeyRule("\(queue):\($0)") }
        case .worker:
            // All but the audit list.
            ["queues", "workers", "worker:*", "archiver", "{*}*"].map { KeyRule("\(prefix):\($0)") }
        case .operator: [KeyRule("\(prefix):*")]
        case .viewer: [KeyRule("\(prefix):*", isReadOnly: true)]
        }
    }

    /// What follows the user and its password in `ACL SETUSER`: the keys, no channels, the commands.
    package func rules(prefix: String) -> [String] {
        keys(prefix: prefix).map(\.rule) + ["resetchannels", "-@all"] + commands().map { "+\($0.lowercased())" }
    }

    /// The ACL user's name where nobody has chosen another.
    package var user: String { "martlet-\(rawValue)" }

    /// A line for redis-cli that makes the user, or gives it these rights and no others when it is there. The password
    /// is to be put in.
    package func setUser(prefix: String) -> String {
        (["ACL SETUSER", user, "reset on >CHANGE-ME"] + rules(prefix: prefix)).joined(separator: " ")
    }
}

/// Keys that a role may touch, as Redis's ACL has them: a glob.
package struct KeyRule: Sendable, Hashable {
    package let pattern: String
    package let isReadOnly: Bool

    init(_ pattern: String, isReadOnly: Bool = false) {
        self.pattern = pattern
        self.isReadOnly = isReadOnly
    }

    package var rule: String { (isReadOnly ? "%R~" : "~") + pattern }
}
