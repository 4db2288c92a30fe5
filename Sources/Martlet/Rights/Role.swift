package import MartletScripts

/// The purpose of a process that speaks to Redis.
///
/// Each role has an ACL user, which may do its part and nothing else; `martlet doctor --acl` prints them.
package enum Role: String, CaseIterable, Sendable {
    /// The role that enqueues jobs and waits for its own.
    case producer
    /// The role that runs jobs, fires schedules, and moves finished jobs into an archive.
    case worker
    /// The role for everything that the command line does to jobs, queues and schedules.
    ///
    /// It enqueues too, and delivers the job of a schedule that it runs to its queue itself.
    case `operator`
    /// The role that reads and changes nothing; it runs no script at all.
    case viewer

    /// The scripts that the role needs.
    package var scripts: [ScriptName] {
        switch self {
        case .producer: [.rights, .enqueue]
        case .worker:
            [
                .rights, .enqueue, .claim, .extend, .log, .finish, .retry, .snooze, .release, .prune, .heartbeat,
                .announce, .bury, .disclaim, .archive, .archiveLease, .lead, .resign, .due, .fire, .delivered, .declare,
                .redeclare, .undeclare,
            ]
        case .operator:
            [
                .rights, .enqueue, .cancel, .restart, .delete, .pause, .audit, .verify, .repair, .resign, .scheduleSet,
                .schedulePause, .scheduleResume, .scheduleRun, .scheduleRemove, .delivered,
            ]
        case .viewer: []
        }
    }

    /// The commands that the role sends outside scripts.
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

    /// The commands that the role needs in and outside scripts, sorted; a subcommand is written as `SCRIPT|LOAD`.
    package func commands(_ library: ScriptLibrary = ScriptLibrary()) -> [String] {
        scripts.reduce(into: plainCommands) { $0.formUnion(ScriptLibrary.commands(in: library.source($1))) }.sorted()
    }

    /// The keys that the role needs.
    package func keys(prefix: String) -> [KeyRule] {
        let queue = "\(prefix):{*}"
        return switch self {
        case .producer:
            // These are the keys that `lua/job/enqueue.lua` touches, and those that are read of a job: no logs, and
            // nothing of others.
            [KeyRule("\(prefix):queues"), KeyRule(queue)]
                + ["job:*", "waiting", "scheduled", "object:*", "fired:*", "meta", "wake", "counts:*", "confirmed"]
                .map { KeyRule("\(queue):\($0)") }
        case .worker:
            // These are all keys but the audit list.
            ["queues", "workers", "worker:*", "archiver", "{*}*"].map { KeyRule("\(prefix):\($0)") }
        case .operator: [KeyRule("\(prefix):*")]
        case .viewer: [KeyRule("\(prefix):*", isReadOnly: true)]
        }
    }

    /// The words that follow the user and its password in `ACL SETUSER`: the keys, no channels, the commands.
    package func rules(prefix: String) -> [String] {
        keys(prefix: prefix).map(\.rule) + ["resetchannels", "-@all"] + commands().map { "+\($0.lowercased())" }
    }

    /// The name of the ACL user where nobody has chosen another.
    package var user: String { "martlet-\(rawValue)" }

    /// A line for redis-cli that makes the user, or gives an existing user these rights and no others.
    ///
    /// The password in it is a placeholder that must be replaced.
    package func setUser(prefix: String) -> String {
        (["ACL SETUSER", user, "reset on >CHANGE-ME"] + rules(prefix: prefix)).joined(separator: " ")
    }
}

/// The keys that a role may touch, as a glob of Redis's ACL.
package struct KeyRule: Sendable, Hashable {
    package let pattern: String
    package let isReadOnly: Bool

    init(_ pattern: String, isReadOnly: Bool = false) {
        self.pattern = pattern
        self.isReadOnly = isReadOnly
    }

    package var rule: String { (isReadOnly ? "%R~" : "~") + pattern }
}
